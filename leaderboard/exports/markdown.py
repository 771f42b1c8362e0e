"""A Markdown table as GitHub and most others read it."""

import re

from leaderboard.exports.table import DASH, Row, Table

# A word such as www.x.y or x://y would become a link by itself.
SPECIAL = re.compile(r"[\\`*_{}\[\]<>()#|~&$!@]|(?<=www)\.|:(?=//)", re.IGNORECASE)


def table(table: Table) -> str:
    marked = any(row.marks for row in table.rows)
    head = ["Rank", "Team", "Username", *(column.heading for column in table.columns)]
    ruler = ["--:", "---", "---", *("--:" for _ in table.columns)]
    lines = [_line([*head, "Marks"][: len(head) + marked]), _line([*ruler, "---"][: len(ruler) + marked])]
    lines += [_line([*_cells(row), _marks(row)][: len(head) + marked]) for row in table.rows]
    facts = [f"- {fact if '://' in fact else escaped(fact)}" for fact in table.facts_in_words]  # our own address
    return "\n".join([f"# {escaped(table.title)}", "", *lines, "", *facts, ""])


def escaped(text: str) -> str:
    return SPECIAL.sub(lambda found: f"\\{found.group()}", text)


def _cells(row: Row) -> list[str]:
    rank = DASH if row.rank is None else str(row.rank)
    return [rank, escaped(row.team) or DASH, escaped(row.username), *row.values]


def _marks(row: Row) -> str:
    return escaped("; ".join(map(str, row.marks)))


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
