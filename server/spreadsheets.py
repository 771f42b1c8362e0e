"""CSV for spreadsheets, with cells escaped so that none is read as a formula."""

import csv
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from unicodedata import normalize

BYTE_ORDER_MARK = "\ufeff"  # without it Excel does not read a file as UTF-8
FORMULA_STARTS = {*"=+-@\t\r\n"}


def csv_lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield the rows as lines of RFC 4180, after a byte order mark. Numbers stay numbers."""
    writer = csv.writer(SimpleNamespace(write=lambda line: line))
    yield BYTE_ORDER_MARK
    for row in rows:
        yield writer.writerow(escape_formula(cell) if isinstance(cell, str) else cell for cell in row)


def escape_formula(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet could read as a formula, also in full-width characters."""
    return f"'{text}" if normalize("NFKC", text[:1])[:1] in FORMULA_STARTS else text
