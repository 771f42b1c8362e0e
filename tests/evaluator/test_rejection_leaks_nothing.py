"""A rejection never depends on the ground truth: with two of the same sizes every archive gets the same words."""

import re

import numpy as np
import pytest
from all_archives import archives
from factories import png, pngs, write_folder

LINE = re.compile(r"Rejected: |- |  |… and |Valid\.|Warning: ")
SIZES = {f"image{number}": (5 + number % 2, 4) for number in range(8)}


def truth(first_label):
    return {f"{name}.png": np.full(size, first_label + index) for index, (name, size) in enumerate(SIZES.items())}


@pytest.fixture(scope="module")
def honest():
    """A good map for each image, as an archive's maker is given them."""
    return {name: png(np.zeros(size)) for name, size in SIZES.items()}


@pytest.fixture
def packs(run, tmp_path):
    """Two packs that share their manifest, pixel for pixel different."""
    made = []
    for number, label in enumerate((1, 90)):
        write_folder(tmp_path / f"truth{number}", pngs(truth(label)))
        pack = tmp_path / f"pack{number}"
        run("pack", "segmentation", "--ground-truth", tmp_path / f"truth{number}", "--out", pack)
        made.append((pack, pack.with_name(f"{pack.name}.manifest.json")))
    (one, manifest), (other, same) = made
    assert manifest.read_bytes() == same.read_bytes()
    assert one.read_bytes() != other.read_bytes()
    return one, other, manifest


@pytest.mark.slow
def test_every_archive_is_told_its_code_in_words_that_no_ground_truth_changes_and_no_terminal_heeds(
    packs, run, tmp_path, honest
):
    one, other, manifest = packs
    archive, wrong = tmp_path / "results.zip", []
    for case in archives():
        archive.write_bytes(case.build(honest))
        for wish in ([], ["--json"]):
            by_one = run("score", "segmentation", archive, "--ground-truth", one, *wish)
            by_other = run("score", "segmentation", archive, "--ground-truth", other, *wish)
            by_none = run("check", "segmentation", archive, "--manifest", manifest, *wish)
            if by_one.code != {"reject": 2, "accept": 0}[case.verdict]:
                wrong.append((case.name, "verdict", by_one.code))
            if by_one.code == 2 and not (by_one.out == by_other.out == by_none.out):
                wrong.append((case.name, "words"))
            if not (by_one.code == by_other.code == by_none.code):
                wrong.append((case.name, "code"))
            wrong += [(case.name, what) for what in (misses_its_code(case, by_none) if wish else steers(by_none))]
    assert wrong == []


def misses_its_code(case, answer):
    """Of a case of ours that is rejected for something else, the codes that it was rejected with."""
    codes = {problem["code"] for problem in answer.outcome.get("problems", [])}
    return [codes] if case.code and case.code not in codes else []


def steers(answer):
    """The lines that would steer a terminal, or that somebody else might have written."""
    lines = answer.out.splitlines()
    stray = [line for line in lines if not LINE.match(line)]
    return stray if answer.out.replace("\n", "").isprintable() else [*stray, "not printable"]


def test_a_terminal_that_lacks_the_letters_of_a_name_is_told_all_the_same(
    packs, run_apart, tmp_path, honest, monkeypatch
):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    (case,) = [case for case in archives() if case.name == "nasty-emoji"]
    (tmp_path / "results.zip").write_bytes(case.build(honest))
    answer = run_apart("check", "segmentation", tmp_path / "results.zip", "--manifest", packs[2])
    assert (answer.code, "bad_mode" in answer.out) == (2, True)
    assert r"\U0001f469" in answer.out
