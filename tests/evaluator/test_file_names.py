"""Names that hide, deceive or collide, beyond what the other rejections hold."""

import numpy as np
import pytest
from factories import manifest, png, write_zip

from evaluator.contract import Rejected
from evaluator.engine import check

GOOD = png(np.eye(2, 3))
UNSAFE = [("../x", "leads out"), ("/x", "absolute"), ("", "without"), ("x\x07", "control"), ("x" * 5000, "5,000")]


def problems_of(path, files, split):
    with pytest.raises(Rejected) as rejected:
        check(write_zip(path / "x.zip", files), split)
    return rejected.value.problems


def test_names_that_a_file_system_takes_for_one_are_a_duplicate(tmp_path):
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    split = manifest("segmentation", (composed, 3, 2), ("Strasse", 3, 2))
    files = {f"{composed}.png": GOOD, f"{decomposed}.png": GOOD, "Strasse.png": GOOD, "x/STRASSE.png": GOOD}
    found = problems_of(tmp_path, files, split)
    assert {problem.code for problem in found} == {"duplicate_id"}
    assert [problem.file for problem in found] == [f"{decomposed}.png", "x/STRASSE.png"]


def test_images_whose_names_differ_by_case_alone_are_two_images(tmp_path):
    split = manifest("segmentation", ("a", 3, 2), ("A", 3, 2))
    assert check(write_zip(tmp_path / "x.zip", {"a.png": GOOD, "A.png": GOOD}), split).warnings == ()


@pytest.mark.parametrize(("name", "words"), UNSAFE)
def test_an_unsafe_name_is_told_what_is_wrong_with_it(name, words, tmp_path):
    (found,) = problems_of(tmp_path, {name: b"", "a.png": GOOD}, manifest("segmentation", ("a", 3, 2)))
    assert found.code == "unsafe_path"
    assert words in found.found
