"""The command `uncertainty`: what it takes, what it answers, and which files it refuses."""

import json
import os

import numpy as np
import pytest
from conftest import ROOT
from factories import pngs, random_split, write_folder, write_zip
from strategies import labelled, write

ROWS = (3, 5, 5), (1, 5, 4), (0, 5, 1)


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Two teams of one split, and files that do not go with them."""
    monkeypatch.chdir(tmp_path)
    counts = labelled(*ROWS)
    other_truth = labelled((3, 6, 5), (1, 5, 4), (0, 4, 1))  # the same in sum, not image by image
    maps = np.zeros((3, 2, 256), int)
    maps[:, 0, 9] = 4
    write(tmp_path / "alice.npz", "segmentation", counts)
    write(tmp_path / "bob.npz", "segmentation", labelled((2, 5, 5), (1, 5, 4), (0, 5, 1)))
    write(tmp_path / "parsing.npz", "scene-parsing", counts)
    write(tmp_path / "maps.npz", "localization", maps)
    write(tmp_path / "options.npz", "segmentation", counts, background_in_mean=True)
    write(tmp_path / "images.npz", "segmentation", counts, ["image0", "image1", "image7"])
    write(tmp_path / "truth.npz", "segmentation", other_truth)
    write(tmp_path / "shape.npz", "segmentation", counts[:, :, :2])
    (tmp_path / "broken.npz").write_bytes((tmp_path / "bob.npz").read_bytes()[:-40])
    (tmp_path / "text.npz").write_text("no counts")
    np.save(tmp_path / "array.npz.npy", counts)
    return tmp_path


def test_per_image_counts_of_a_score_give_that_score_within_its_interval(run_apart, tmp_path):
    truth, predictions = random_split("segmentation", 20)
    write_folder(tmp_path / "truth", pngs(truth))
    archive = write_zip(tmp_path / "good.zip", pngs(predictions))
    stats = tmp_path / "alice.npz"
    scoring = ("score", "segmentation", archive, "--ground-truth", tmp_path / "truth", "--stats", stats)
    scores = run_apart(*scoring, "--json").outcome["scores"]
    answer = run_apart("uncertainty", stats, "--json")
    (team,) = answer.outcome["teams"]
    assert (answer.code, answer.outcome["outcome"], team["name"]) == (0, "compared", "alice")
    assert {name: estimate["score"] for name, estimate in team["metrics"].items()} == {
        name: value for name, value in scores.items() if name != "per_class"
    }
    pixels = team["metrics"]["pixel_accuracy"]
    assert pixels["low"] < pixels["score"] < pixels["high"]
    assert team["bands"]["per_class_iou"]["score"] == [row["iou"] for row in scores["per_class"]]
    assert answer.progress[-1] == {"stage": "intervals", "done": 1, "total": 1}


def test_teams_are_named_by_file_or_by_hand(files, run):
    answer = run("uncertainty", "bob.npz", "Team A=alice.npz", "--json").outcome
    assert [team["name"] for team in answer["teams"]] == ["Team A", "bob"]
    assert [(pair["team"], pair["other"]) for pair in answer["pairs"]] == [("Team A", "bob")]


def test_a_list_names_teams_and_further_submissions(files, run):
    listed = [
        {"name": "A", "file": "alice.npz", "team": "a"},
        {"name": "A before", "file": "bob.npz", "team": "a", "ranked": False},
    ]
    (files / "list.json").write_text(json.dumps(listed))
    answer = run("uncertainty", "--list", "list.json", "--json").outcome
    assert [[one["name"] for one in answer[kind]] for kind in ("teams", "submissions")] == [["A"], ["A before"]]
    assert [(pair["team"], pair["other"]) for pair in answer["own_pairs"]] == [("A", "A before")]


@pytest.mark.parametrize("text", ["", "{}", '["alice.npz"]', '[{"name": "A"}]'])
def test_a_list_of_another_kind_is_wrong_usage(text, files, run):
    (files / "list.json").write_text(text)
    answer = run("uncertainty", "--list", "list.json")
    assert (answer.code, "list.json" in answer.err) == (64, True)


def test_groups_of_images_come_from_a_csv(files, run):
    (files / "groups.csv").write_text("image0,v1\nimage1,v1\nimage2,v2\n")
    answer = run("uncertainty", "alice.npz", "--groups", "groups.csv", "--json").outcome
    assert (answer["method"]["images"], answer["method"]["units"]) == (3, 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [("image0,v1\n", "'image1' has no group"), ("image0\n", "two columns"), ("a,b,c\n", "two columns")],
)
def test_groups_that_do_not_fit_are_wrong_usage(text, words, files, run):
    (files / "groups.csv").write_text(text)
    answer = run("uncertainty", "alice.npz", "--groups", "groups.csv")
    assert (answer.code, words in answer.err) == (64, True)


def test_the_text_is_a_table_best_first(files, run):
    lines = run("uncertainty", "bob.npz", "alice.npz").out.splitlines()
    assert lines[0].split()[0] == "rank"
    assert [line.split()[-1] for line in lines[1:3]] == ["alice", "bob"]


REFUSED = {
    "parsing.npz": "scorer",
    "maps.npz": "scorer",
    "options.npz": "options",
    "images.npz": "image ids",
    "truth.npz": "target pixels",
}


@pytest.mark.parametrize(("other", "what"), REFUSED.items())
def test_files_of_different_ground_truth_are_wrong_usage(other, what, files, run):
    answer = run("uncertainty", "alice.npz", other, "--json")
    assert (answer.code, answer.out) == (64, "")
    assert f"differ in their {what}" in answer.err.splitlines()[-1]


@pytest.mark.parametrize(
    "arguments", [[], ["alice.npz", "alice.npz"], ["x=alice.npz", "x=bob.npz"], ["=bob.npz"]], ids=" ".join
)
def test_no_file_and_no_name_of_its_own_are_wrong_usage(arguments, files, run):
    answer = run("uncertainty", *arguments)
    assert (answer.code, answer.out) == (64, "")
    assert answer.err


@pytest.mark.parametrize("name", ["nowhere.npz", "broken.npz", "text.npz", "shape.npz", "array.npz.npy"])
def test_a_file_that_holds_no_per_image_counts_is_an_error_of_ours(name, files, run):
    answer = run("uncertainty", "alice.npz", name, "--json")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.splitlines()[-1].startswith("Error: ")
    assert "Internal" not in answer.err


def test_the_answer_is_documented(files, run):
    page = (ROOT / "docs" / "uncertainty.md").read_text()
    answer = run("uncertainty", "alice.npz", "bob.npz", "--json").outcome
    named = {*answer, *answer["method"], *answer["teams"][0], *answer["teams"][0]["place"], *answer["pairs"][0]}
    named |= set(answer["teams"][0]["metrics"]["mean_iou"])
    assert not {name for name in named if f"`{name}`" not in page and f'"{name}"' not in page}


@pytest.mark.parametrize(
    ("file", "argument", "name"),
    [
        ("epoch=12-val_iou=0.5.npz", "epoch=12-val_iou=0.5.npz", "epoch=12-val_iou=0.5"),
        ("lr=0.1/alice.npz", "lr=0.1/alice.npz", "alice"),
        ("epoch=12.npz", "Team A=epoch=12.npz", "Team A"),
        ("epoch=12.npz", "lr=0.1=epoch=12.npz", "lr=0.1"),
        ("alice.npz", "a=b=alice.npz", "a=b"),
    ],
)
def test_what_exists_is_a_file_whatever_its_name(file, argument, name, files, run):
    (files / file).parent.mkdir(exist_ok=True)
    (files / file).write_bytes((files / "alice.npz").read_bytes())
    assert [team["name"] for team in run("uncertainty", argument, "--json").outcome["teams"]] == [name]


def test_counts_from_a_pipe_are_refused_in_words(files, run):
    os.mkfifo("pipe.npz")
    answer = run("uncertainty", "pipe.npz")
    assert (answer.code, "pipe.npz is a pipe" in answer.err) == (64, True)
