"""A rejection never depends on the ground truth: two truths of the same sizes, every archive, the same words."""

import re

import numpy as np
import pytest
from every_archive import archives
from making import png, pngs, write_folder

LINE = re.compile("Rejected: |- |  |… and |Valid|Warning: ")
SIZES = {f"image{number}": (5 + number % 2, 4) for number in range(8)}


def truth(first_label):
    return {f"{name}.png": np.full(size, first_label + place) for place, (name, size) in enumerate(SIZES.items())}


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


def test_two_ground_truths_and_none_reject_every_archive_in_the_same_words(packs, run, tmp_path, honest):
    one, other, manifest = packs
    archive, differ = tmp_path / "results.zip", []
    for case in archives():
        archive.write_bytes(case.build(honest))
        for wish in ([], ["--json"]):
            by_one = run("score", "segmentation", archive, "--ground-truth", one, *wish)
            by_other = run("score", "segmentation", archive, "--ground-truth", other, *wish)
            by_none = run("check", "segmentation", archive, "--manifest", manifest, *wish)
            if by_one.code != {"reject": 2, "accept": 0}[case.verdict]:
                differ.append((case.name, "verdict", by_one.code))
            if by_one.code == 2 and not (by_one.out == by_other.out == by_none.out):
                differ.append((case.name, "words"))
            if not (by_one.code == by_other.code == by_none.code):
                differ.append((case.name, "code"))
    assert differ == []


def test_each_case_of_ours_is_rejected_with_its_code(packs, run, tmp_path, honest):
    archive, wrong = tmp_path / "results.zip", []
    for case in archives():
        archive.write_bytes(case.build(honest))
        answer = run("check", "segmentation", archive, "--manifest", packs[2], "--json")
        codes = {problem["code"] for problem in answer.outcome.get("problems", [])}
        if case.code and case.code not in codes:
            wrong.append((case.name, codes))
    assert wrong == []


def test_the_command_line_prints_nothing_that_steers_a_terminal(packs, run, tmp_path, honest):
    archive = tmp_path / "results.zip"
    for case in archives():
        archive.write_bytes(case.build(honest))
        answer = run("check", "segmentation", archive, "--manifest", packs[2])
        assert answer.out.replace("\n", "").isprintable(), case.name
        assert all(
            line.startswith(("Rejected: ", "- ", "  ", "… and ", "Valid.", "Warning: "))
            for line in answer.out.splitlines()
        )


def test_a_terminal_that_lacks_the_letters_of_a_name_is_told_all_the_same(
    packs, run_apart, tmp_path, honest, monkeypatch
):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    (case,) = [case for case in archives() if case.name == "nasty-emoji"]
    (tmp_path / "results.zip").write_bytes(case.build(honest))
    answer = run_apart("check", "segmentation", tmp_path / "results.zip", "--manifest", packs[2])
    assert (answer.code, "bad_mode" in answer.out) == (2, True)
    assert r"\U0001f469" in answer.out
