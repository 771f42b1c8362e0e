"""docs/security.md says of each class of attack what the cases say."""

from pathlib import Path

import pytest
from hostile_case import attack_table
from hostile_pngs import CASES as PNGS
from hostile_zips import CASES as ZIPS

PAGE = Path(__file__).resolve().parents[2] / "docs/security.md"
SECTIONS = {"Archives": ZIPS, "Hostile PNGs": PNGS}


@pytest.mark.parametrize("title", SECTIONS)
def test_the_page_s_table_is_that_of_the_cases(title):
    section = PAGE.read_text(encoding="utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    expected = attack_table(SECTIONS[title])
    assert table == expected, "put these lines into the page:\n" + "\n".join(expected)
