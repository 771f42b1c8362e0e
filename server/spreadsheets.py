"""CSV for spreadsheets, with cells escaped so that none is read as a formula."""

import csv
import re
from collections.abc import Iterable, Iterator
from types import SimpleNamespace

BYTE_ORDER_MARK = "\ufeff"  # without it Excel does not read a file as UTF-8
# In ASCII, and each further character that NFKC turns into one of them. A spreadsheet skips blanks before it.
FORMULA_STARTS = "=+\\-@" + "⁼₌⩵⩶﹦＝" + "⁺₊﬩﹢＋" + "﹣－" + "﹫＠"
# A spreadsheet may be set to another separator than the comma: then it finds the cells of a line elsewhere, and
# takes quotation marks in their midst as text. So text is escaped wherever a cell could begin.
FORMULA = re.compile(
    rf'(?:^(?=[\t\r\n])|(?:^|(?<=[,;|\t\r\n]))(?=(?:[^\S\t\r\n]|")*[{FORMULA_STARTS}]))'  # before the blanks
)


def csv_lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield the rows as lines of RFC 4180, after a byte order mark. Numbers stay numbers."""
    writer = csv.writer(SimpleNamespace(write=lambda line: line))
    yield BYTE_ORDER_MARK
    for row in rows:
        yield writer.writerow(escape_formula(cell) if isinstance(cell, str) else cell for cell in row)


def escape_formula(text: str) -> str:
    """Put an apostrophe before whatever a spreadsheet could read as a formula, at any usual separator."""
    return FORMULA.sub("'", text)
