"""The compiled kernels and the machine without them."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from decoders import only
from factories import pngs, random_split, write_folder, write_zip
from random_pngs import filtered

from evaluator.engine import evaluate
from evaluator.groundtruth import open_ground_truth
from evaluator.in_chunks import CHUNK
from evaluator.kernels import compiled, machine_code
from evaluator.kernels.compiled import Kernels
from evaluator.png import decode
from evaluator.png.header import Header
from evaluator.scorers import make

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@pytest.mark.parametrize("width", [1, 2, 3, 15, 16, 17, 23, 24, 64, 65, 1001])
@pytest.mark.parametrize("height", [1, 8, 9, 51, 65, 66, 130])
def test_every_order_of_two_filters_is_undone_in_bands_and_row_by_row(height, width):
    random = np.random.default_rng([height, width])
    picture = random.integers(0, 256, (height, width), dtype=np.uint8)
    with only("compiled"):
        for _ in range(5):
            raw = bytearray(filtered(random, picture, 8))
            assert np.array_equal(compiled.kernels.unfilter(raw, height, width), picture)


@pytest.mark.parametrize("kinds", [[4], [3], [1], [4, 3, 1, 0, 2], [2, 2, 4], [2] * 40 + [4] * 24])
def test_bands_and_rows_of_any_filters_follow_one_another(kinds):
    random = np.random.default_rng(len(kinds))
    raw = random.integers(0, 256, (201, 90), dtype=np.uint8)
    raw[:, 0] = np.resize(kinds, 201)
    with only("compiled"):
        fast = compiled.kernels.unfilter(bytearray(raw.tobytes()), 201, 89)
    assert np.array_equal(fast, decode._by_pillow(bytearray(raw.tobytes()), Header(89, 201, 8, 0, False)))


@pytest.mark.parametrize(
    "raw", [b"", b"\0", b"\0" * 11, b"\0" * 13, b"\5" + b"\0" * 11, b"\4\0\0\0\xff" + b"\0" * 7]
)
def test_wrong_lengths_and_unknown_filters_are_said(raw):
    with only("compiled"), pytest.raises(ValueError, match=r"not as many bytes|no such filter"):
        compiled.kernels.unfilter(bytearray(raw), 3, 3)


@pytest.mark.slow
def test_no_kernel_reads_or_writes_beside_an_array():
    tests = HERE / "test_counting.py", HERE / "test_kernels.py"
    alone = "-q", "-p", "no:django", "-p", "no:cacheprovider", "-k", "by_hand or one_piece or undone or follow"
    done = run([sys.executable, "-m", "pytest", *alone, *map(str, tests)], NUMBA_BOUNDSCHECK="1", NUMBA_OPT="0")
    assert done.returncode == 0, done.stdout


def test_a_small_split_does_not_wait_for_the_kernels(monkeypatch):
    monkeypatch.setattr(compiled, "kernels", None)
    monkeypatch.setattr(compiled, "_kernels", lambda _: pytest.fail("they were started"))
    assert not compiled.start(compiled.WORTH_LOADING - 1)


@pytest.fixture
def score(tmp_path):
    """A command that scores a small split as if it were large."""
    truth, predictions = random_split("segmentation", 3)
    write_folder(tmp_path / "truth", pngs(truth))
    submission = write_zip(tmp_path / "x.zip", pngs(predictions))
    words = ["score", "segmentation", submission, "--ground-truth", tmp_path / "truth", "--json"]
    script = "from evaluator import commands; commands.compiled.WORTH_LOADING = 0; commands.main()"
    return [sys.executable, "-c", script, *map(str, words)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("packages", "said"),
    [
        (["llvmlite", "deflate"], ["Slower, with the same result: no compiled kernels. not on this machine"]),
        (["llvmlite"], ["Slower, with the same result: no compiled kernels. not on this machine"]),
        (["numba", "deflate"], []),
    ],
)
def test_a_machine_without_some_packages_says_so_once_and_scores_all_the_same(score, tmp_path, packages, said):
    for name in packages:
        (tmp_path / f"{name}.py").write_text("raise ImportError('not on this machine')")
    with_all, without = run(score), run(score, PYTHONPATH=str(tmp_path))
    assert complaints(with_all) == []
    assert (without.returncode, without.stdout) == (0, with_all.stdout)
    assert complaints(without) == said


@pytest.mark.slow
def test_kernels_that_nobody_compiled_are_missed_aloud_and_are_not_waited_for(score, tmp_path):
    done = run(score, EVALUATOR_KERNELS_DIR=str(tmp_path / "empty"))
    assert (done.returncode, done.stdout) == (0, run(score).stdout)
    assert complaints(done) == [f"{SLOWER} `python -m evaluator warm-up` compiles them for this processor."]
    assert not (tmp_path / "empty").exists()


SLOWER = "Slower, with the same result: no compiled kernels."


def complaints(done):
    """What is said aloud beside progress, and beside the classes that random ground truth lacks."""
    return [line for line in done.stderr.splitlines() if not line.startswith(("{", "Ground truth: class "))]


def test_forked_processes_decode_by_the_kernels_that_were_started_before(tmp_path, monkeypatch):
    truth, predictions = random_split("localization", 2 * CHUNK + 1)
    write_folder(tmp_path / "truth", pngs(truth))
    submission = write_zip(tmp_path / "x.zip", pngs(predictions))
    with open_ground_truth(tmp_path / "truth", make("localization", {})) as ground_truth:
        with only("Pillow"):
            by_pillow = evaluate(submission, ground_truth, jobs=2)
        with only("compiled"):
            monkeypatch.setattr(decode, "_by_pillow", lambda *_: pytest.fail("a child has no kernels"))
            assert evaluate(submission, ground_truth, jobs=2) == by_pillow


@pytest.mark.slow
def test_what_warming_up_leaves_is_loaded_without_numba_and_left_as_it_is(tmp_path):
    kept, missing = tmp_path / "kept", tmp_path / "missing"
    missing.mkdir()
    (missing / "numba.py").write_text("raise ImportError('it was asked for')")
    assert evaluator("warm-up", EVALUATOR_KERNELS_DIR=str(kept)).stdout == "The kernels are compiled.\n"
    [code] = kept.iterdir()
    made = code.read_bytes()
    assert code.stat().st_mode & 0o444 == 0o444  # the evaluator may run as another user
    again = evaluator("warm-up", EVALUATOR_KERNELS_DIR=str(kept), PYTHONPATH=str(missing))
    assert (again.stdout, again.stderr) == ("The kernels are compiled.\n", "")
    assert [(path, path.read_bytes()) for path in kept.iterdir()] == [(code, made)]


def half(kept):
    return kept[: len(kept) // 2]


@pytest.mark.parametrize("damage", [lambda _: b"", half, lambda kept: kept[:-1], lambda kept: kept + b"\0"])
def test_kept_kernels_that_are_damaged_are_not_loaded(tmp_path, monkeypatch, damage):
    kept = machine_code._cache_path().read_bytes()
    monkeypatch.setenv("EVALUATOR_KERNELS_DIR", str(tmp_path))
    machine_code._cache_path().write_bytes(kept)
    assert machine_code._cached(machine_code._cache_path()) == kept[machine_code.DIGEST :]
    machine_code._cache_path().write_bytes(damage(kept))
    assert machine_code._cached(machine_code._cache_path()) is None


def test_kernels_that_cannot_be_kept_serve_once_and_say_so(tmp_path, monkeypatch, caplog):
    code = machine_code._cached(machine_code._cache_path())
    monkeypatch.setattr(machine_code, "_compile", lambda: code)  # as it would, in many seconds
    (tmp_path / "file").touch()
    monkeypatch.setenv("EVALUATOR_KERNELS_DIR", str(tmp_path / "file"))
    assert Kernels(machine_code.load(even_compile=True)).unfilter(bytearray(b"\0\7"), 1, 1) == [[7]]
    assert "could not be cached" in caplog.text


def evaluator(*arguments, **settings):
    return run([sys.executable, "-m", "evaluator", *arguments], **settings)


def run(command, **settings):
    environment = os.environ | settings
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
