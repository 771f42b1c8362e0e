"""CSV for spreadsheets, in which no cell is taken for a formula."""

import csv
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from unicodedata import normalize

BYTE_ORDER_MARK = "\ufeff"  # without it Excel does not take a file for UTF-8
FORMULA_STARTS = {*"=+-@\t\r\n"}


def csv_lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The rows as lines of RFC 4180. Numbers stay numbers."""
    writer = csv.writer(SimpleNamespace(write=lambda line: line))
    yield BYTE_ORDER_MARK
    for row in rows:
        yield writer.writerow(escape_formula(cell) if isinstance(cell, str) else cell for cell in row)


def escape_formula(text: str) -> str:
    """The text with an apostrophe in front if a spreadsheet could take it for a formula, in full width as well."""
    return f"'{text}" if normalize("NFKC", text[:1])[:1] in FORMULA_STARTS else text
