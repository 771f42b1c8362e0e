"""A Markdown table as GitHub and most others read it."""

import re

from leaderboard.exports.table import DASH, Row, Table

# A word such as www.x.y or x://y would become a link by itself.
SPECIAL = re.compile(r"[\\`*_{}\[\]<>()#|~&$!@]|(?<=www)\.|:(?=//)", re.IGNORECASE)


def table(table: Table) -> str:
    marked = any(row.marks for row in table.rows)
    header = ["Rank", *table.name_headings, *(column.heading for column in table.columns)]
    ruler = ["--:", "---", "---", *("--:" for _ in table.columns)]
    lines = [_line([*header, "Marks"][: len(header) + marked]), _line([*ruler, "---"][: len(ruler) + marked])]
    lines += [_line([*_cells(table, row), _marks(row)][: len(header) + marked]) for row in table.rows]
    metadata = [f"- {line if '://' in line else escaped(line)}" for line in table.metadata_lines]
    return "\n".join([f"# {escaped(table.title)}", "", *lines, "", *metadata, ""])


def escaped(text: str) -> str:
    return SPECIAL.sub(lambda found: f"\\{found.group()}", text)


def _cells(table: Table, row: Row) -> list[str]:
    values = [f"{value} {escaped(f'[{ends[0]}, {ends[1]}]')}" if ends else value for value, ends in row.cells]
    return [escaped(row.rank_text), *(escaped(name) or DASH for name in table.names_of(row)), *values]


def _marks(row: Row) -> str:
    return escaped("; ".join(map(str, row.marks)))


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
