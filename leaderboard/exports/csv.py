"""CSV by RFC 4180 in UTF-8; no cell is a formula to a spreadsheet, and numbers stay numbers."""

import csv
from collections.abc import Iterable
from io import StringIO
from unicodedata import normalize

from leaderboard.classes.rows import Line
from leaderboard.exports.table import DASH, ClassTable, Row, Table


def table(table: Table) -> str:
    """A line per row; what the whole table shares stands in the last columns of each."""
    columns = [column.heading for column in table.columns]
    head = ["Rank", "Team", "Username", *columns, "Handed in", "Marks", "Parameters"]
    head += _ends(table) if table.has_intervals else []
    rows = (
        [
            row.rank,
            as_text(row.team),
            as_text(row.username),
            *map(_number, row.values),
            row.handed_in,
            as_text("; ".join(map(str, row.marks))),
            row.parameters,
            *(_intervals(table, row) if table.has_intervals else ()),
        ]
        for row in table.rows
    )
    return _lines(table, head, rows)


def _ends(table: Table) -> list[str]:
    names = [*(column.heading for column in table.columns), "Rank"]
    return [f"{name}, {end}" for name in names for end in ("low", "high")]


def _intervals(table: Table, row: Row) -> list[object]:
    values = [end for ends in row.intervals for end in map(_number, ends)]
    return [*(values or [""] * 2 * len(table.columns)), *(row.rank_interval or ("", ""))]


def curves(table: Table) -> str:
    """A line per threshold of the window, a column per team: IoU in percent; two more where it has a band."""
    columns = [column for row in table.drawn for column in _columns(row)]
    first, last = table.window[:2]
    lines = ([threshold, *(iou[threshold] for _, iou in columns)] for threshold in range(first, last + 1))
    return _lines(table, ["Threshold", *(name for name, _ in columns)], lines)


def _columns(row: Row) -> list[tuple[str, tuple[str, ...]]]:
    ends = [("", row.curve.printed), (", 95 % from", row.curve.low), (", 95 % to", row.curve.high)]
    return [(as_text(row.username) + words, iou) for words, iou in ends if iou]


def classes(table: ClassTable) -> str:
    """A line per class: each team's IoU in percent with its interval, and by how much the first is ahead."""
    of_each = [f"{row.username} {what}" for row in table.rows for what in ("IoU (%)", "low (%)", "high (%)")]
    beside = ["Difference"] if len(table.rows) == 2 else []
    head = ["Label", "Class", *map(as_text, of_each), *beside, "Pixels", "In the truth"]
    rows = ([*_class(line), line.pixels, "no" if line.absent else "yes"] for line in table.classes)
    return _lines(table, head, rows)


def _class(line: Line) -> list[object]:
    ends = [end for value in line.values for end in (value.printed, value.low, value.high)]
    beside = [line.difference] if len(line.values) == 2 else []
    return [line.label, as_text(line.name), *ends, *beside]


def as_text(text: str) -> str:
    """A cell that no spreadsheet computes: an apostrophe before what could begin a formula, in any width."""
    return f"'{text}" if normalize("NFKC", text[:1]) in {*"=+-@\t\r\n"} else text


def _number(printed: str) -> str:
    return "" if printed == DASH else printed


def _lines(table: Table, head: list[str], rows: Iterable[list[object]]) -> str:
    file = StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    facts = {key.replace("_", " ").capitalize(): as_text(str(fact)) for key, fact in table.all_facts.items()}
    writer.writerow([*head, *facts])
    writer.writerows([*row, *facts.values()] for row in rows)
    return file.getvalue()
