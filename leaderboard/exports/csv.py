"""CSV by RFC 4180 in UTF-8; no cell is a formula to a spreadsheet, and numbers stay numbers."""

import csv
from collections.abc import Iterable
from io import StringIO
from unicodedata import normalize

from leaderboard.exports.table import DASH, Row, Table


def table(table: Table) -> str:
    """A line per row; what the whole table shares stands in the last columns of each."""
    head = ["Rank", "Team", "Username", *(column.heading for column in table.columns), "Handed in", "Marks"]
    head += _ends(table) if table.has_intervals else []
    rows = (
        [
            row.rank,
            as_text(row.team),
            as_text(row.username),
            *map(_number, row.values),
            row.handed_in,
            as_text("; ".join(map(str, row.marks))),
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
    """A line per threshold, a column per team: IoU in percent."""
    head = ["Threshold", *(as_text(row.username) for row in table.drawn)]
    by_threshold = zip(*(row.curve.printed for row in table.drawn), strict=True)
    return _lines(table, head, ([threshold, *iou] for threshold, iou in enumerate(by_threshold)))


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
