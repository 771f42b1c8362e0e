"""CSV by RFC 4180 in UTF-8; no cell is a formula to a spreadsheet, and numbers stay numbers."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import replace
from io import StringIO

from evaluator.contract import CONFIDENCE_PERCENT
from leaderboard.classes.rows import ClassRow
from leaderboard.exports.table import DASH, ClassTable, Curve, CurveTable, Row, Table
from server.spreadsheets import escape_formula

YES_OR_NO = {True: "yes", False: "no", None: ""}
DIFFERENCE = ("Difference", "Difference, low", "Difference, high", "Significantly different")
Cell = str | float | None  # a missing one is empty


def table(table: Table) -> str:
    """A line per row; the metadata of the whole table stands in the last columns of each."""
    columns = [column.heading for column in table.columns]
    header = ["Rank", *table.name_headings, *columns, "Submitted", "Marks", "Parameters"]
    header += _interval_headings(table) if table.has_intervals else []
    by_metric = [
        column.key for column in table.columns if any(column.key in dict(row.ranks) for row in table.rows)
    ]
    header += [f"{key}_rank" for key in by_metric]
    header += ["May be the best"] if table.has_rank_intervals else []
    rows = (
        [
            row.rank,
            *map(escape_formula, table.names_of(row)),
            *map(_number, row.values),
            row.submitted_at,
            escape_formula("; ".join(map(str, row.marks))),
            row.parameters,
            *(_intervals(table, row) if table.has_intervals else ()),
            *(dict(row.ranks).get(key) for key in by_metric),
            *([YES_OR_NO[row.may_be_best]] if table.has_rank_intervals else ()),
        ]
        for row in table.rows
    )
    return _lines(table, header, rows)


def _interval_headings(table: Table) -> list[str]:
    names = [*(column.heading for column in table.columns), "Rank"]
    return [f"{name}, {end}" for name in names for end in ("low", "high")]


def _intervals(table: Table, row: Row) -> list[Cell]:
    values = [end for ends in row.intervals for end in map(_number, ends)]
    return [*(values or [""] * 2 * len(table.columns)), *(row.rank_interval or ("", ""))]


def curves(table: CurveTable) -> str:
    """A line per x of the window, a column per team: the value as printed; two more where it has a band."""
    columns = [column for curve in table.curves for column in _columns(curve)]
    first, last = table.window[:2]
    xs = range(first, (table.axes.last_x if last is None else last) + 1)
    lines: Iterator[list[Cell]] = ([x, *(_number(values[x]) for _, values in columns)] for x in xs)
    return _lines(table, [table.axes.x_title, *(name for name, _ in columns)], lines)


def _columns(curve: Curve) -> list[tuple[str, tuple[str, ...]]]:
    percent = f", {CONFIDENCE_PERCENT} %"
    ends = [("", curve.printed), (f"{percent} from", curve.low), (f"{percent} to", curve.high)]
    return [(escape_formula(curve.team) + words, values) for words, values in ends if values]


def classes(table: ClassTable) -> str:
    """A line per class: each team's value and, of two, the first's minus the second's; with their intervals."""
    of_value, *of_ends = table.columns[0], *(replace(table.columns[0], title=end) for end in ("low", "high"))
    per_team = [f"{row.team} {column.heading}" for row in table.rows for column in (of_value, *of_ends)]
    difference = [*DIFFERENCE] if len(table.rows) == 2 else []
    header = ["Label", "Class", *map(escape_formula, per_team), *difference, "Pixels", "In the truth"]
    rows = ([*_class_cells(row), row.pixels, "no" if row.absent else "yes"] for row in table.classes)
    return _lines(table, header, rows)


def _class_cells(row: ClassRow) -> list[Cell]:
    ends = [end for value in row.values for end in (value.printed, value.low, value.high)]
    return [row.label, escape_formula(row.name), *ends, *(_difference(row) if len(row.values) == 2 else ())]


def _difference(row: ClassRow) -> list[Cell]:
    if row.difference_ends is None:
        return [row.difference, None, None, None]
    return [row.difference, *row.difference_ends, YES_OR_NO[row.significant]]


def _number(printed: str) -> str:
    return "" if printed == DASH else printed


def _lines(table: Table, header: list[str], rows: Iterable[list[Cell]]) -> str:
    file = StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    metadata = {
        key.replace("_", " ").capitalize(): escape_formula(str(fact)) for key, fact in table.all_metadata.items()
    }
    writer.writerow([*header, *metadata])
    writer.writerows([*row, *metadata.values()] for row in rows)
    return file.getvalue()
