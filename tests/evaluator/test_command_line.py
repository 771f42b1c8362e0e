"""The command line: exit codes, where the answer stands, progress, and a sample that is valid."""

import hashlib
import json
import os

import numpy as np
import pytest
from factories import manifest, png, pngs, random_split, write_folder, write_zip

from evaluator.per_image_counts import read_per_image_counts
from evaluator.scorers import SCORERS, make


@pytest.fixture
def split(tmp_path):
    """A folder with truth, pack, submission and manifest of a small split for segmentation."""
    truth, predictions = random_split("segmentation", 30)
    write_folder(tmp_path / "truth", pngs(truth))
    write_zip(tmp_path / "good.zip", pngs(predictions))
    write_zip(tmp_path / "bad.zip", {"0003.png": b""})
    images = [(name[:-4], array.shape[1], array.shape[0]) for name, array in truth.items()]
    (tmp_path / "manifest.json").write_text(manifest("segmentation", *images).to_json())
    return tmp_path


def score(*more):
    return ["score", "segmentation", *more]


def test_a_user_packs_checks_and_scores_with_exit_code_0(split, run_apart):
    assert run_apart("pack", "segmentation", "--ground-truth", split / "truth", "--out", split / "p").code == 0
    checked = run_apart("check", "segmentation", split / "good.zip", "--manifest", split / "p.manifest.json")
    assert (checked.code, checked.out) == (0, "Valid.\n")
    scored = run_apart(*score(split / "good.zip", "--ground-truth", split / "p", "--jobs", "2"))
    assert scored.code == 0
    assert "Mean IoU: " in scored.out


def test_json_is_the_last_line_and_says_everything(split, run):
    answer = run(*score(split / "good.zip", "--ground-truth", split / "truth", "--json"))
    scores = answer.outcome["scores"]
    assert answer.outcome["outcome"] == "scored"
    assert (answer.outcome["scorer"], answer.outcome["version"]) == (
        "segmentation",
        make("segmentation", {}).VERSION,
    )
    headlines = {"mean_iou", "mean_accuracy", "pixel_accuracy", "mean_iou_with_background"}
    assert scores.keys() == headlines | {"per_class"}
    assert [row["label"] for row in scores["per_class"]] == list(range(201))


def test_a_rejection_is_exit_code_2_with_all_problems(split, run):
    answer = run(*score(split / "bad.zip", "--ground-truth", split / "truth", "--json"))
    assert answer.code == 2
    assert answer.outcome["outcome"] == "rejected"
    assert answer.outcome["problem_count"] == len(answer.outcome["problems"]) == 30
    assert set(answer.outcome["problems"][0]) == {"code", "file", "found", "expected", "fix"}


def test_a_rejection_in_text_tells_equal_problems_once_and_counts_their_files(split, run):
    answer = run(*score(split / "bad.zip", "--ground-truth", split / "truth"))
    assert answer.code == 2
    files = "0000.png, 0001.png, 0002.png, 0004.png, 0005.png and 24 more"
    assert answer.out.startswith(f"Rejected: 30 problem(s).\n- {files}: no file")
    assert answer.out.count("(missing_file)") == 1


def test_check_gives_the_same_verdict_without_ground_truth(split, run):
    arguments = ("--manifest", split / "manifest.json", "--json")
    assert run("check", "segmentation", split / "good.zip", *arguments).outcome == {
        "outcome": "valid",
        "warnings": [],
    }
    checked = run("check", "segmentation", split / "bad.zip", *arguments)
    scored = run(*score(split / "bad.zip", "--ground-truth", split / "truth", "--json"))
    assert (checked.code, checked.outcome) == (scored.code, scored.outcome)


def test_progress_is_json_lines_on_stderr(split, run):
    answer = run(*score(split / "good.zip", "--ground-truth", split / "truth", "--json"))
    assert {"stage": "checking", "done": 30, "total": 30} in answer.progress
    assert answer.progress[-1] == {"stage": "scoring", "done": 30, "total": 30}


def test_per_image_counts_are_written_where_asked(split, run):
    answer = run(
        *score(split / "good.zip", "--ground-truth", split / "truth", "--stats", split / "stats", "--json")
    )
    per_image = read_per_image_counts(split / "stats")
    scorer = make(per_image.scorer, per_image.options)
    assert json.loads(json.dumps(scorer.compute(per_image.total()))) == answer.outcome["scores"]


USAGE = [
    [],
    ["judge"],
    ["score", "segmentation"],
    ["score", "beauty", "good.zip", "--ground-truth", "truth"],
    ["score", "segmentation", "good.zip", "--ground-truth", "truth", "--jobs", "0"],
    ["score", "segmentation", "good.zip", "--ground-truth", "truth", "--option", "classes=3"],
    ["score", "segmentation", "good.zip", "--ground-truth", "truth", "--option", "num_classes=no"],
    ["score", "segmentation", "good.zip", "--ground-truth", "pack", "--option", "num_classes=200"],
    ["score", "localization", "good.zip", "--ground-truth", "pack"],
    ["check", "localization", "good.zip", "--manifest", "manifest.json"],
]


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_wrong_usage_is_exit_code_64_and_a_message(arguments, split, run, monkeypatch):
    monkeypatch.chdir(split)
    run("pack", "segmentation", "--ground-truth", "truth", "--out", "pack")
    answer = run(*arguments)
    assert (answer.code, answer.out) == (64, "")
    assert answer.err


OURS = [
    ["score", "segmentation", "nowhere.zip", "--ground-truth", "truth"],
    ["score", "segmentation", "good.zip", "--ground-truth", "nowhere"],
    ["score", "segmentation", "good.zip", "--ground-truth", "empty"],
    ["score", "segmentation", "good.zip", "--ground-truth", "bad.zip"],
    ["score", "segmentation", "good.zip", "--ground-truth", "truth", "--stats", "nowhere/stats"],
    ["check", "segmentation", "good.zip", "--manifest", "good.zip"],
    ["pack", "segmentation", "--ground-truth", "truth", "--out", "nowhere/pack"],
    ["pack", "scene-parsing", "--ground-truth", "truth", "--out", "pack"],
]


@pytest.mark.parametrize("arguments", OURS, ids=" ".join)
def test_an_error_of_ours_is_exit_code_1_and_a_message(arguments, split, run, monkeypatch):
    monkeypatch.chdir(split)
    (split / "empty").mkdir()
    answer = run(*arguments, *(["--json"] if arguments[0] != "pack" else []))
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.splitlines()[-1].startswith("Error: ")


@pytest.mark.parametrize(("error", "words"), [(MemoryError(), "out of memory"), (KeyError("x"), "Internal error")])
def test_no_traceback_leaves_the_program(error, words, split, run, monkeypatch):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("evaluator.commands.evaluate", fail)
    answer = run(*score(split / "good.zip", "--ground-truth", split / "truth"))
    assert answer.code == 1
    assert words in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("name", SCORERS)
def test_a_sample_is_valid_scores_and_is_the_same_every_time(name, run, tmp_path):
    truth = {
        "a.png": png(np.full((30, 20), 200 if name == "localization" else 7)),
        "b.png": png(np.zeros((5, 5)) if name == "localization" else np.ones((5, 5))),
    }
    write_folder(tmp_path / "truth", truth)
    run("pack", name, "--ground-truth", tmp_path / "truth", "--out", tmp_path / "pack")
    digests = set()
    for number in (1, 2):
        sample = tmp_path / f"{number}.zip"
        assert run("sample", tmp_path / "pack.manifest.json", "--out", sample).code == 0
        digests.add(hashlib.sha256(sample.read_bytes()).hexdigest())
    assert len(digests) == 1
    assert run("check", name, sample, "--manifest", tmp_path / "pack.manifest.json").code == 0
    answer = run("score", name, sample, "--ground-truth", tmp_path / "pack", "--json")
    assert answer.outcome["scores"].get("mean_iou", 0) == 0


@pytest.mark.parametrize("place", ["zip", "truth"])
@pytest.mark.parametrize("kind", ["/dev/fd", "fifo", "device"])
def test_what_is_no_file_is_refused_in_words(kind, place, split, run):
    """As bash hands over `<(cat good.zip)`; a pipe is not even opened, which could wait for ever."""
    reading, writing = os.pipe()
    os.mkfifo(split / "fifo")
    path = {"/dev/fd": f"/dev/fd/{reading}", "fifo": split / "fifo", "device": "/dev/null"}[kind]
    paths = {"zip": split / "good.zip", "truth": split / "truth"} | {place: path}
    answer = run(*score(paths["zip"], "--ground-truth", paths["truth"]))
    os.close(reading)
    os.close(writing)
    assert answer.code == 64
    assert f"{path} is a pipe or a device, where a file is needed: save it first" in answer.err
    assert "Errno" not in answer.err


def test_a_folder_in_place_of_a_zip_is_refused_in_words(split, run):
    answer = run(*score(split / "truth", "--ground-truth", split / "truth"))
    assert (answer.code, "is a folder, where a file is needed: zip it first" in answer.err) == (64, True)


def test_another_split_that_is_named_is_recognised(split, run):
    (split / "other.json").write_text(manifest("segmentation", ("a", 3, 2)).to_json())
    arguments = ("--manifest", split / "other.json", "--other", "Track 1, test", split / "manifest.json")
    answer = run("check", "segmentation", split / "good.zip", *arguments)
    assert answer.code == 2
    assert (
        "30 of 30 PNG file(s) have names of “Track 1, test”, and none of this split (missing_file)" in answer.out
    )
