"""Swapped sides and implausible ground truth as they were met with other tools, through the command line."""

import json

import pytest
from test_reference_cases import CASES

FIELD = CASES / "field"
pytestmark = pytest.mark.skipif(not FIELD.is_dir(), reason=f"no field cases at {FIELD} (set LID_CASES)")


@pytest.fixture
def case():
    cases = json.loads((FIELD / "expected.json").read_text())["cases"] if FIELD.is_dir() else {}
    return cases.__getitem__


@pytest.mark.parametrize("name", ["swapped_right", "swapped_all", "swapped_one"])
def test_heat_maps_of_turned_photographs_are_refused(name, case, run):
    expected = case(name)
    (right,) = expected["right"]
    answer = run(
        *("score", "localization", FIELD / expected["submission"]),
        *("--ground-truth", FIELD / expected["gt"], "--json"),
    )
    assert answer.outcome["outcome"] == right["outcome"]
    if right["outcome"] == "scored":
        assert answer.outcome["scores"]["peak_iou"] == pytest.approx(right["peak_iou"], abs=1e-9)
        assert len(answer.outcome["warnings"]) == right["warnings"]
    else:
        assert {problem["code"] for problem in answer.outcome["problems"]} == {"size_mismatch"}
        assert all("EXIF" in problem["fix"] for problem in answer.outcome["problems"])


def test_a_mask_saved_as_0_and_1_beside_others_is_refused(case, run, tmp_path):
    expected = case("mask01")
    answer = run("pack", "localization", "--ground-truth", FIELD / expected["gt"], "--out", tmp_path / "pack")
    assert answer.code == 1
    (line,) = [line for line in answer.err.splitlines() if not line.startswith("{")]
    assert line.startswith("Error: im3.png: its levels above 0 are all at or below 128")
    assert "it would count as empty" in line


def test_a_hidden_folder_of_ground_truth_is_left_out_and_named(case, run, tmp_path):
    arguments = ["--ground-truth", FIELD / case("stray_gt")["gt"], "--out", tmp_path / "pack"]
    assert run("pack", "segmentation", *arguments, "--json").outcome["outcome"] == "valid"
    answer = run("pack", "segmentation", *arguments)
    assert "Packed 4 images" in answer.out
    assert "Warning: .ipynb_checkpoints/ (1 file): skipped" in answer.out
