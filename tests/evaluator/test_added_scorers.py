"""Two scorers added to a copy of the evaluator, each by one file and one line: pack, check, score, uncertainty."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from added_scorers import ADDED, copy_with_added_scorers
from conftest import Answer
from factories import png, pngs, write_folder, write_zip

from evaluator.kernels.machine_code import DEFAULT_FOLDER, FOLDER

SIZE = 20, 30  # height and width
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
ENVIRONMENT.setdefault(FOLDER, str(DEFAULT_FOLDER))  # compiling the same kernels again takes half a minute

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    return copy_with_added_scorers(tmp_path_factory.mktemp("copy"))


@pytest.fixture
def run_copy(copy):
    """Run a command of the copy."""

    def run(*arguments):
        command = [sys.executable, "-m", "evaluator", *map(str, arguments)]
        done = subprocess.run(
            command, cwd=copy, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    return run


def disc(row, column, value=255):
    """A map of zeros with a square of 5 × 5 pixels around a position."""
    pixels = np.zeros(SIZE, np.uint8)
    pixels[row - 2 : row + 3, column - 2 : column + 3] = value
    return pixels


@pytest.fixture
def packed(run_copy, tmp_path):
    """Pack ground truth for a scorer: {file name: array} → path of the pack."""

    def pack(scorer, arrays, *options):
        folder, out = write_folder(tmp_path / f"{scorer}-truth", pngs(arrays)), tmp_path / f"{scorer}.pack"
        answer = run_copy("pack", scorer, "--ground-truth", folder, "--out", out, *options)
        assert (answer.code, answer.err.count("Error")) == (0, 0), answer.err
        return out

    return pack


@pytest.fixture
def scored(run_copy, tmp_path):
    """Check and score maps by a pack: the scores, and the file of per-image counts."""

    def score(scorer, pack, team, arrays):
        archive = write_zip(tmp_path / f"{scorer}-{team}.zip", pngs(arrays))
        checked = run_copy("check", scorer, archive, "--manifest", f"{pack}.manifest.json", "--json")
        assert checked.outcome == {"outcome": "valid", "warnings": []}
        stats = tmp_path / f"{scorer}-{team}.npz"
        told = run_copy("score", scorer, archive, "--ground-truth", pack, "--stats", stats, "--json")
        return told.outcome["scores"], f"{team}={stats}"

    return score


def test_dice_is_scored_per_class_and_compared(run_copy, packed, scored):
    truth = {f"{number}.png": disc(8, 8 + number, 1) + disc(15, 20, 2) for number in range(6)}
    pack = packed("dice", truth, "--option", "num_classes=3")
    half = {name: np.where(array == 2, 0, array) for name, array in truth.items()}
    best, of_best = scored("dice", pack, "best", truth)
    worse, of_worse = scored("dice", pack, "worse", half)
    assert (best["mean_dice"], worse["mean_dice"]) == (1, 0.5)
    assert worse["per_class"][1:] == [
        {"label": 1, "dice": 1, "pixels": 150},
        {"label": 2, "dice": 0, "pixels": 150},
        {"label": 3, "dice": None, "pixels": 0},
    ]
    answer = run_copy("uncertainty", of_worse, of_best, "--json").outcome
    assert [(team["name"], team["place"]["rank"]) for team in answer["teams"]] == [("best", 1), ("worse", 2)]
    assert answer["teams"][1]["bands"]["per_class_dice"]["score"][1:] == [1, 0, None]
    assert "100.00 % [100.00, 100.00]  best" in run_copy("uncertainty", of_best).out


def test_a_wrong_label_is_refused_in_submissions_and_ground_truth_of_dice(run_copy, packed, tmp_path):
    pack = packed("dice", {"a.png": disc(5, 5, 20)})
    archive = write_zip(tmp_path / "x.zip", {"a.png": png(disc(5, 5, 21))})
    refused = run_copy("check", "dice", archive, "--manifest", f"{pack}.manifest.json", "--json")
    assert [problem["code"] for problem in refused.outcome["problems"]] == ["label_out_of_range"]
    folder = write_folder(tmp_path / "wrong", {"a.png": png(disc(5, 5, 21))})
    wrong = run_copy("pack", "dice", "--ground-truth", folder, "--out", tmp_path / "wrong.pack")
    assert (wrong.code, "a.png (label 21): labels go from 0 to 20" in wrong.err) == (1, True)


def test_the_shortest_distance_ranks_first_and_is_printed_in_pixels(run_copy, packed, scored):
    truth = {f"{number}.png": disc(8, 6 + number) for number in range(8)} | {"none.png": np.zeros(SIZE)}
    pack = packed("centroid-distance", truth)
    files = {}
    for team, away in (("near", 1), ("far", 9)):
        moved = {name: disc(8, 6 + number + away) for number, name in enumerate(truth)}
        scores, files[team] = scored("centroid-distance", pack, team, moved)
        assert scores == {"mean_distance": away, "hits": float(team == "near")}
    answer = run_copy("uncertainty", *files.values(), "--json").outcome
    assert [(team["name"], team["place"]["rank"]) for team in answer["teams"]] == [("near", 1), ("far", 2)]
    assert [(team["place"]["rank_low"], team["place"]["rank_high"]) for team in answer["teams"]] == [(1, 2)] * 2
    assert "fewer than 30 images" in answer["withheld"]
    assert [(pair["team"], pair["other"], pair["difference"]) for pair in answer["pairs"]] == [("near", "far", -8)]
    lines = run_copy("uncertainty", *files.values()).out.splitlines()
    assert lines[0].split(maxsplit=3)[-1] == "Mean Distance, 95 % confidence interval"
    assert [line.split(maxsplit=4)[-1] for line in lines[1:3]] == [
        "1.0 px [   1.0,    1.0]  near",
        "9.0 px [   9.0,    9.0]  far",
    ]


def test_a_score_is_printed_with_the_units_of_its_metrics(run_copy, packed, tmp_path):
    pack = packed("centroid-distance", {"a.png": disc(8, 6), "b.png": disc(8, 6)})
    archive = write_zip(tmp_path / "x.zip", pngs({"a.png": disc(8, 10), "b.png": disc(8, 7)}))
    told = run_copy("score", "centroid-distance", archive, "--ground-truth", pack)
    assert told.out.splitlines() == ["Mean Distance: 2.5 px", "Hits: 50.00 %"]


@pytest.mark.parametrize("scorer", ["dice", "centroid-distance"])
def test_a_sample_of_an_added_scorer_is_valid_and_scores(scorer, run_copy, packed, tmp_path):
    pack = packed(scorer, {"a.png": disc(8, 6, 150 if scorer != "dice" else 3)})
    sample = tmp_path / "sample.zip"
    assert run_copy("sample", f"{pack}.manifest.json", "--out", sample).code == 0
    assert run_copy("score", scorer, sample, "--ground-truth", pack, "--json").outcome["outcome"] == "scored"


def test_the_contract_describes_the_added_scorers_without_numpy(copy):
    script = """
import json, sys
from evaluator.contract import scorers
described = scorers()
assert "numpy" not in sys.modules
print(json.dumps({name: [one.title, *(metric.unit for metric in one.metrics)] for name, one in described.items()}))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=copy, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    described = json.loads(done.stdout)
    assert list(described)[-2:] == ["dice", "centroid-distance"]
    assert described["dice"] == ["Segmentation by Dice", "%"]
    assert described["centroid-distance"] == ["Object localization by distance", "px", "%"]


def test_an_added_scorer_is_one_file_and_one_line(copy):
    registry = (copy / "evaluator/scorers/__init__.py").read_text().splitlines()
    assert [line.strip() for line in registry if any(name in line for name in ADDED)] == [
        f'"{name}",' for name in ADDED
    ]
