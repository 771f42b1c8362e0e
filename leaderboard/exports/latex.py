"""A LaTeX table with booktabs, laid out as the tables of the LID 2020 paper."""

import re

from leaderboard.exports.table import DASH, Row, Table
from leaderboard.units import in_unit

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
FITS = 40  # letters of an affiliation on one line beside its numbers
LAST_LATIN = "\u024f"
OTHER_SCRIPTS = "Names in scripts other than Latin need LuaLaTeX or XeLaTeX, and a font that has them."


def table(table: Table) -> str:
    lines = [
        *comments(table, "booktabs, [T1]{fontenc}"),
        r"\begin{table}",
        r"  \centering",
        rf"  \caption{{{_caption(table)}}}",
        rf"  \label{{tab:{table.name}}}",
        rf"  \begin{{tabular}}{{{_rank_column(table)}{_name_columns(table)}{'r' * len(table.columns)}}}",
        r"    \toprule",
        _line([*_rank(table, "Rank"), *table.name_headings, *(escaped(column.title) for column in table.columns)]),
        r"    \midrule",
        *(_line(_cells(table, row)) for row in table.rows),
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
    ]
    return "\n".join([*lines, ""])


def escaped(text: str) -> str:
    """Text that prints as it reads: no letter is a command, and no two form a ligature."""
    return LIGATURE.sub(r"\1{}", text.translate(ESCAPES))


def comments(table: Table, packages: str) -> list[str]:
    """What the file is and what it needs."""
    names = "".join(row.affiliation + row.team for row in table.rows)
    other = any(letter > LAST_LATIN and letter.isalpha() for letter in names)
    lines = [table.title, *table.metadata_lines, f"Packages: {packages}.", *([OTHER_SCRIPTS] if other else [])]
    return [f"% {line}" for line in lines]


def _caption(table: Table) -> str:
    titles: dict[str, list[str]] = {}
    for column in table.columns:
        titles.setdefault(column.unit, []).append(column.title)
    units = [in_unit(", ".join(some), unit) for unit, some in titles.items() if unit]
    as_of = f", as of {table.as_of}" if table.as_of else ""
    sentences = filter(None, [table.title + as_of, "; ".join(units), table.method])
    return ". ".join(map(escaped, sentences)) + "."


def _name_columns(table: Table) -> str:
    """Their column types: long affiliations are broken into lines."""
    fits = all(len(row.affiliation) <= FITS for row in table.rows)
    types = {"team": "l", "affiliation": "l" if fits else r"p{0.35\linewidth}"}
    return "".join(types[key] for key, _ in table.name_columns)


def _cells(table: Table, row: Row) -> list[str]:
    marks = ", ".join(mark.text for mark in row.marks)
    suffix = {"team": rf" \emph{{({escaped(marks)})}}" if marks else ""}
    names = [escaped(getattr(row, key) or DASH) + suffix.get(key, "") for key, _ in table.name_columns]
    (first, ends), *others = row.cells
    interval = rf" {{\scriptsize [{escaped(', '.join(ends))}]}}" if ends else ""
    rank = _rank(table, escaped(row.rank_text))
    return [*rank, *names, escaped(first) + interval, *(escaped(value) for value, _ in others)]


def _rank(table: Table, cell: str) -> list[str]:
    """A cell of the column of ranks, which only a table with spans of ranks has: else the order says it."""
    return [cell] if table.has_rank_intervals else []


def _rank_column(table: Table) -> str:
    return "r" if table.has_rank_intervals else ""


def _line(cells: list[str]) -> str:
    r"""A row. A first letter [ or * would be read as an option of the \\ before it."""
    shield = "{}" if cells[0][:1] in {"[", "*"} else ""
    return f"    {shield}{' & '.join(cells)} \\\\"
