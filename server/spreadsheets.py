"""CSV for spreadsheets, with cells escaped so that none is read as a formula."""

import csv
from collections.abc import Iterable, Iterator
from types import SimpleNamespace

BYTE_ORDER_MARK = "\ufeff"  # without it Excel does not read a file as UTF-8
BEGINS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def csv_lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield the rows as lines of RFC 4180, after a byte order mark. Numbers stay numbers."""
    writer = csv.writer(SimpleNamespace(write=lambda line: line))
    yield BYTE_ORDER_MARK
    for row in rows:
        yield writer.writerow(map(_escape, row))


def _escape(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(BEGINS_A_FORMULA) else cell
