"""No cell of a CSV file is a formula, whichever separator a spreadsheet is set to."""

import csv
import random
import re
import sys
import unicodedata
from io import StringIO

import pytest

from server.spreadsheets import FORMULA_STARTS, csv_lines, escape_formula

SEPARATORS = ",;\t|"


def cells_as_read(text: str, separator: str) -> list[str]:
    """All cells as spreadsheets read them: with quotation marks around cells, or by separators alone."""
    quoted = [cell for row in csv.reader(StringIO(text, newline=""), delimiter=separator) for cell in row]
    return quoted + re.split(f"[\r\n{re.escape(separator)}]", text)


def formulas(text: str) -> set[str]:
    cells = {cell for separator in SEPARATORS for cell in cells_as_read(text, separator)}
    return {cell for cell in cells if cell.strip(' "')[:1] in {*"=+-@"}}


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("between", ["", " ", "  ", '"', '" ', "\u00a0"])
def test_a_formula_behind_a_separator_is_text(separator, between):
    name = f"Semi{separator}{between}=1+1"
    text = "".join(csv_lines([["Rank", "Team"], [1, name]]))
    assert formulas(text) == set()
    assert [*csv.reader(StringIO(text, newline=""))][1] == ["1", f"Semi{separator}'{between}=1+1"]


def test_random_text_is_a_formula_at_no_separator():
    letters, chance = 'a= +-@,;\t|"\r\n', random.Random(14)
    for _ in range(3000):
        rows = [["".join(chance.choices(letters, k=chance.randrange(9))) for _ in range(3)] for _ in range(2)]
        text = "".join(csv_lines(rows)).removeprefix("\ufeff")
        assert not formulas(text), rows


@pytest.mark.parametrize("text", ["a=1", "VL-task1", "A, B; C | D", "R&D +1", "", "x;", ";;", "1;2", "me@home"])
def test_text_that_begins_no_formula_stays_as_it_is(text):
    assert escape_formula(text) == text


def test_every_character_that_becomes_the_start_of_a_formula_is_known():
    compatible = {chr(code) for code in range(sys.maxunicode) if _first_of_nfkc(chr(code)) in {*"=+-@"}}
    assert {*FORMULA_STARTS} - {"\\"} == compatible


def _first_of_nfkc(letter: str) -> str:
    return unicodedata.normalize("NFKC", letter)[:1]
