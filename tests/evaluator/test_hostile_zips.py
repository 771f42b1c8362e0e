"""Every hostile and odd zip gets its verdict, in a child with limits that a bomb would burst."""

from collections import Counter

import numpy as np
import pytest
from factories import manifest, png
from hostile_case import ACCEPT
from hostile_zips import CASES
from limits import verdict_on
from zip_writing import File, zip_of

from evaluator.contract import CODES, Rejected
from evaluator.engine import check

SPLIT = manifest("segmentation", ("a", 30, 20), ("b", 30, 20), ("c", 30, 20))
PNGS = {image: png(np.full((20, 30), label)) for label, image in enumerate("abc")}


@pytest.mark.slow
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


CONTAINER = {
    *("no zip", "cut off", "bytes after the end", "bytes before the start", "gap", "two ends", "directory lies"),
    *("part of a split zip", "zip64 lies", "local header lies", "descriptor lies", "overlap", "too many files"),
    *("encrypted", "foreign compression", "unknown format", "link or special file", "folder with contents"),
}


@pytest.mark.slow
def test_what_is_wrong_with_the_zip_itself_is_refused_before_a_byte_is_inflated(tmp_path, monkeypatch):
    for inflate in ("_inflated", "_inflated_start"):
        monkeypatch.setattr(f"evaluator.zip.archive.{inflate}", lambda *_: pytest.fail("inflated"))
    path = tmp_path / "submission.zip"
    for case in CASES:
        if case.attack in CONTAINER:
            path.write_bytes(case.build(PNGS))
            with pytest.raises(Rejected):
                check(path, SPLIT)


def test_every_file_at_fault_is_named_at_once(tmp_path):
    (tmp_path / "x.zip").write_bytes(zip_of([File(f"{image}.png", b"x", flags=1) for image in "cba"]))
    with pytest.raises(Rejected) as rejected:
        check(tmp_path / "x.zip", SPLIT)
    assert [problem.file for problem in rejected.value.problems] == ["c.png", "b.png", "a.png"]
