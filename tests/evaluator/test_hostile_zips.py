"""Every hostile and odd zip gets its verdict, in a child with limits that a bomb would burst."""

from collections import Counter

import numpy as np
import pytest
from hostile import ACCEPT
from hostile_zips import CASES
from limited import verdict_on
from making import manifest, png

from evaluator.contract import CODES

SPLIT = manifest("segmentation", ("a", 30, 20), ("b", 30, 20), ("c", 30, 20))
PNGS = {image: png(np.full((20, 30), label)) for label, image in enumerate("abc")}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_zip_gets_its_verdict_within_the_limits(case, tmp_path):
    path = tmp_path / "submission.zip"
    path.write_bytes(case.build(PNGS))
    assert path.read_bytes() == case.build(PNGS), "another archive every time"
    assert set(verdict_on(path, SPLIT).codes) == ({case.code} if case.code else set())


def test_the_cases_are_many_and_of_many_kinds():
    assert len(CASES) >= 100
    assert max(Counter(case.name for case in CASES).values()) == 1
    assert len({case.attack for case in CASES}) >= 25
    assert all((case.verdict == ACCEPT) == (case.code == "") for case in CASES)
    assert {case.code for case in CASES} - {""} <= CODES.keys()
