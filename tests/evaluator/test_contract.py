"""What crosses between server and evaluator: JSON there and back, and a light import."""

import subprocess
import sys
from pathlib import Path

import pytest
from factories import manifest

from evaluator.contract import (
    MOST_PROBLEMS,
    Manifest,
    ManifestError,
    Rejected,
    Result,
    ValidationIssue,
    read_outcome,
)

ROOT = Path(__file__).resolve().parents[2]


def imported_by(module):
    script = f"import sys, {module}; print(*sys.modules)"
    command = [sys.executable, "-c", script]
    return set(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())


def test_the_contract_imports_neither_numpy_nor_pillow():
    assert not imported_by("evaluator.contract") & {"numpy", "PIL", "django"}


def test_the_evaluator_never_imports_django():
    modules = imported_by("evaluator.commands")
    assert "evaluator.engine" in modules
    assert not {name for name in modules if name.split(".")[0] in {"django", "server", "leaderboard"}}


def test_a_manifest_comes_back_from_its_json():
    made = manifest("localization", ("a", 3, 2), ("b", 640, 480), resize="reject")
    assert Manifest.from_json(made.to_json()) == made


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"scorer": "s", "options": {}, "images": [], "max_side": 1, "max_pixels": 1}',
        '{"scorer": "s", "options": {}, "images": [{"id": "a"}], "max_side": 1, "max_pixels": 1}',
        manifest("segmentation", ("a", 3, 2)).to_json().replace('"width": 3', '"width": 0'),
        manifest("segmentation", ("a", 3, 2), ("b", 3, 2)).to_json().replace('"b"', '"a"'),
    ],
)
def test_what_is_no_manifest_is_said_to_be_none(text):
    with pytest.raises(ManifestError):
        Manifest.from_json(text)


def test_outcomes_come_back_from_their_json():
    scored = Result({"mean_iou": 0.5, "per_class": [{"iou": None}]}, ("a warning",), "segmentation", "1.0")
    assert read_outcome(scored.to_json()) == scored
    assert read_outcome(Result(None).to_json()) == Result(None)
    rejection = Rejected([ValidationIssue("bad_zip", "", "this", "that", "so")])
    with pytest.raises(Rejected) as rejected:
        read_outcome(rejection.to_json())
    assert rejected.value.problems == rejection.problems


@pytest.mark.parametrize("line", ["", "{}", "[]", "3", '{"outcome": "lost"}', '{"outcome": "rejected"}'])
def test_what_is_no_outcome_is_an_error(line):
    with pytest.raises(ValueError, match=r"."):
        read_outcome(line)


def test_a_flood_of_problems_is_cut_but_counted():
    rejection = Rejected([ValidationIssue("missing_file", "a.png", "", "", "")] * (MOST_PROBLEMS + 7))
    assert len(rejection.problems) == MOST_PROBLEMS
    assert rejection.problem_count == MOST_PROBLEMS + 7
