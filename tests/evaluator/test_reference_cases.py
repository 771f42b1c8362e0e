"""Real ground truth and submissions with scores known from elsewhere, through the command line."""

import json
import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CASES = Path(os.environ.get("LID_CASES", ROOT / "../shared/cases"))
SCORERS = {"track1": "segmentation", "track2": "scene-parsing", "track3": "localization"}
HEADLINES = (
    "mean_iou",
    "mean_accuracy",
    "pixel_accuracy",
    "mean_iou_with_background",
    "peak_iou",
    "peak_threshold",
)


def all_cases():
    for track, scorer in SCORERS.items():
        file = CASES / track / "expected.json"
        if file.exists():
            for name, case in json.loads(file.read_text())["cases"].items():
                yield pytest.param(CASES / track, scorer, case, id=f"{track}-{name}")


cases = pytest.mark.parametrize(("folder", "scorer", "case"), list(all_cases()))
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason=f"no scorer cases at {CASES} (set LID_CASES)")


@pytest.fixture
def truth(folder, case, tmp_path):
    """The ground truth of the case's own images."""
    chosen = tmp_path / "truth"
    chosen.mkdir()
    for image in (folder / case["list"]).read_text().split():
        shutil.copy(folder / case["gt"] / f"{image}.png", chosen)
    return chosen


def options(scorer, case):
    """A size is rejected where the phase says so; the case's outcome tells which phase it is."""
    strict = scorer == "localization" and case["expected"].get("error") == "size_mismatch"
    return ["--option", "resize=reject"] if strict else []


def assert_as_expected(answer, case):
    expected, outcome = case["expected"], answer.outcome
    assert outcome["outcome"] == expected["outcome"]
    if expected["outcome"] == "rejected":
        assert answer.code == 2
        assert {problem["code"] for problem in outcome["problems"]} == {expected["error"]}
        if "detail" in expected:
            assert expected["detail"].split(":")[0] in outcome["problems"][0]["file"]
    else:
        assert answer.code == 0
        assert_same_scores(outcome["scores"], expected["scores"])
        constant = case["submission"].endswith(("all_background.zip", "constant_0.zip"))
        assert len(outcome["warnings"]) == bool(expected["notes"]["extra_ids"]) + constant


def assert_close(value, expected):
    assert value == (None if expected is None else pytest.approx(expected, rel=0, abs=1e-9))


def assert_same_scores(scores, expected):
    for name in HEADLINES:
        assert (name in scores) == (name in expected)
        if name in expected:
            assert_close(scores[name], expected[name])
    if "iou_curve" in expected:
        assert_close(scores["iou_curve"], expected["iou_curve"])
        return
    absent_iou = None if "mean_iou_with_background" in expected else 0
    for row in scores["per_class"]:
        label = str(row["label"])
        assert_close(row["iou"], expected["class_iou"].get(label, absent_iou))
        assert_close(row["accuracy"], expected["class_accuracy"].get(label))
    listed = {str(row["label"]) for row in scores["per_class"]}
    assert listed >= expected["class_iou"].keys() | expected["class_accuracy"].keys()


@cases
def test_the_command_line_gives_the_known_verdict_and_scores(folder, scorer, case, truth, run_apart):
    zip_file = folder / case["submission"]
    arguments = ["--ground-truth", truth, *options(scorer, case), "--json"]
    assert_as_expected(run_apart("score", scorer, zip_file, *arguments), case)


@cases
def test_a_pack_scores_like_its_folder_and_check_agrees(folder, scorer, case, truth, run):
    zip_file, pack = folder / case["submission"], truth.with_suffix(".pack")
    assert run("pack", scorer, "--ground-truth", truth, "--out", pack, *options(scorer, case)).code == 0
    scored = run("score", scorer, zip_file, "--ground-truth", pack, "--json")
    assert_as_expected(scored, case)

    checked = run("check", scorer, zip_file, "--manifest", f"{pack}.manifest.json", "--json")
    assert checked.code == scored.code
    if scored.code == 2:
        assert checked.outcome == scored.outcome
    else:
        assert checked.outcome == {"outcome": "valid", "warnings": scored.outcome["warnings"]}


def test_the_scene_parsing_kit_s_own_sample_scores_as_its_readme_prints(run):
    """CSAILVision/sceneparsing: "Mean IoU over 150 classes: 0.1000, Pixel-wise Accuracy: 100.00%"."""
    zip_file = CASES / "track2/submissions/official_sample.zip"
    answer = run("score", "scene-parsing", zip_file, "--ground-truth", CASES / "track2/gt_sample", "--json")
    scores = answer.outcome["scores"]
    assert f"{scores['mean_iou']:.4f} {scores['pixel_accuracy']:.2%}" == "0.1000 100.00%"
