"""A LaTeX table with booktabs, laid out as the tables of the LID 2020 paper."""

import re

from leaderboard.exports.table import DASH, Row, Table

ESCAPES = str.maketrans(
    {
        **{letter: f"\\{letter}" for letter in "&%$#_"},
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",  # not \{, which BibTeX would count
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        "`": r"\textasciigrave{}",
        "–": r"\textendash{}",
        "—": r"\textemdash{}",
    }
)
LIGATURE = re.compile(r"([-',])(?=\1)")
FITS = 40  # letters of a team's name on one line beside its numbers
LAST_LATIN = "\u024f"
OTHER_SCRIPTS = "Names in scripts other than Latin need LuaLaTeX or XeLaTeX, and a font that has them."


def table(table: Table) -> str:
    team = "l" if all(len(row.team) <= FITS for row in table.rows) else r"p{0.35\linewidth}"
    lines = [
        *comments(table, "booktabs, [T1]{fontenc}"),
        r"\begin{table}",
        r"  \centering",
        rf"  \caption{{{_caption(table)}}}",
        rf"  \label{{tab:{table.name}}}",
        rf"  \begin{{tabular}}{{{team}l{'r' * len(table.columns)}}}",
        r"    \toprule",
        _line(["Team", "Username", *(escaped(column.title) for column in table.columns)]),
        r"    \midrule",
        *(_line(_cells(row)) for row in table.rows),
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
    ]
    return "\n".join([*lines, ""])


def escaped(text: str) -> str:
    """Text that prints as it reads: no letter is a command, and no two are drawn together as a third."""
    return LIGATURE.sub(r"\1{}", text.translate(ESCAPES))


def comments(table: Table, packages: str) -> list[str]:
    """What the file is and what it needs."""
    names = "".join(row.team + row.username for row in table.rows)
    other = any(letter > LAST_LATIN and letter.isalpha() for letter in names)
    lines = [table.title, *table.facts_in_words, f"Packages: {packages}.", *([OTHER_SCRIPTS] if other else [])]
    return [f"% {line}" for line in lines]


def _caption(table: Table) -> str:
    percent = ", ".join(column.title for column in table.columns if column.unit == "%")
    moment = f", as of {table.as_of}" if table.as_of else ""
    return f"{escaped(table.title + moment)}. {escaped(percent)} in percent."


def _cells(row: Row) -> list[str]:
    marks = ", ".join(mark.text for mark in row.marks)
    username = escaped(row.username) + (rf" \emph{{({escaped(marks)})}}" if marks else "")
    values = [escaped(value) for value in row.values]
    return [escaped(row.team or DASH), username, *values]


def _line(cells: list[str]) -> str:
    r"""A row. Were its first letter [ or *, the \\ before it would take it for an option."""
    shield = "{}" if cells[0][:1] in {"[", "*"} else ""
    return f"    {shield}{' & '.join(cells)} \\\\"
