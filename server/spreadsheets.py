"""CSV for spreadsheets, in which no cell is taken for a formula."""

import csv
from collections.abc import Iterable, Iterator
from types import SimpleNamespace

BYTE_ORDER_MARK = "\ufeff"  # without it Excel does not take a file for UTF-8
BEGINS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def csv_lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The rows as lines of RFC 4180. Numbers stay numbers."""
    writer = csv.writer(SimpleNamespace(write=lambda line: line))
    yield BYTE_ORDER_MARK
    for row in rows:
        yield writer.writerow(map(_inert, row))


def _inert(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(BEGINS_A_FORMULA) else cell
