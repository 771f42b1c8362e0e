"""The compiled kernels and the machine without them."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from making import pngs, random_split, write_folder, write_zip
from random_pngs import filtered
from ways import only

from evaluator import compiled, png
from evaluator.engine import CHUNK, evaluate
from evaluator.groundtruth import open_ground_truth
from evaluator.scorers import make

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def unfilter():
    with only("compiled"):
        yield compiled.kernels.unfilter


def undone(unfilter, raw, height, width):
    """(what the kernel said, the picture with a frame of sevens that nobody may touch)."""
    framed = np.full((height + 2, width), 7, np.uint8)
    return unfilter(np.frombuffer(raw, np.uint8), framed[1 : height + 1]), framed


@pytest.mark.parametrize("width", [1, 2, 3, 64, 1001])
def test_every_order_of_two_filters_is_undone_and_nothing_beside_the_picture_is_touched(unfilter, width):
    random = np.random.default_rng(width)
    picture = random.integers(0, 256, (51, width), dtype=np.uint8)
    for _ in range(20):
        said, framed = undone(unfilter, filtered(random, picture, 8), *picture.shape)
        assert said
        assert np.array_equal(framed[1:-1], picture)
        assert (framed[[0, -1]] == 7).all()


@pytest.mark.parametrize(
    "raw", [b"", b"\0", b"\0" * 11, b"\0" * 13, b"\5" + b"\0" * 11, b"\4\0\0\0\xff" + b"\0" * 7]
)
def test_wrong_lengths_and_unknown_filters_are_said(unfilter, raw):
    assert not undone(unfilter, raw, 3, 3)[0]


def test_a_small_split_does_not_wait_for_the_kernels(monkeypatch):
    monkeypatch.setattr(compiled, "kernels", None)
    monkeypatch.setattr(compiled, "_import_kernels", lambda: pytest.fail("they were started"))
    assert not compiled.start(compiled.WORTH_IT - 1)


def test_a_machine_without_the_packages_says_so_once_and_checks_all_the_same(tmp_path):
    for name in ("numba", "deflate"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('not on this machine')")
    truth, predictions = random_split("segmentation", 3)
    write_folder(tmp_path / "truth", pngs(truth))
    submission = write_zip(tmp_path / "x.zip", pngs(predictions))
    score = ["score", "segmentation", submission, "--ground-truth", tmp_path / "truth", "--json"]
    script = "from evaluator import __main__, compiled; compiled.WORTH_IT = 0; __main__.main()"
    command = [sys.executable, "-c", script, *map(str, score)]
    with_all, without = run(command), run(command, PYTHONPATH=str(tmp_path))
    assert (without.returncode, without.stdout) == (0, with_all.stdout)
    said = [line for line in without.stderr.splitlines() if not line.startswith("{")]
    assert said == ["Slower, with the same result: no compiled kernels. not on this machine"]


def test_forked_processes_decode_by_the_kernels_that_were_started_before(tmp_path, monkeypatch):
    truth, predictions = random_split("localization", 2 * CHUNK + 1)
    write_folder(tmp_path / "truth", pngs(truth))
    submission = write_zip(tmp_path / "x.zip", pngs(predictions))
    with open_ground_truth(tmp_path / "truth", make("localization", {})) as ground_truth:
        with only("Pillow"):
            by_pillow = evaluate(submission, ground_truth, jobs=2)
        with only("compiled"):
            monkeypatch.setattr(png, "_by_pillow", lambda *_: pytest.fail("a child has no kernels"))
            assert evaluate(submission, ground_truth, jobs=2) == by_pillow


def test_warming_up_leaves_a_cache_that_a_reader_who_may_not_write_still_uses(tmp_path):
    cache, copies = tmp_path / "cache", tmp_path / "copies"
    copies.mkdir()
    assert evaluator("warm-up", NUMBA_CACHE_DIR=str(cache)).stdout == "The kernels are compiled.\n"
    made = {path.relative_to(cache): path.stat().st_mtime_ns for path in cache.rglob("*.nb?")}
    script = f"""
import tempfile
from unittest.mock import patch
from evaluator import compiled
make = tempfile.TemporaryFile
def refuse(dir):
    if str(dir) == {str(cache)!r}: raise PermissionError
    return make(dir=dir)
with patch("tempfile.TemporaryFile", refuse): print(compiled.start())
"""
    settings = {"NUMBA_CACHE_DIR": str(cache), "TMPDIR": str(copies), "NUMBA_DEBUG_CACHE": "1"}
    done = run([sys.executable, "-c", script], **settings)
    assert "data loaded from" in done.stdout
    assert "data saved to" not in done.stdout
    assert done.stdout.endswith("True\n")
    assert {path.relative_to(cache): path.stat().st_mtime_ns for path in cache.rglob("*.nb?")} == made


def evaluator(*arguments, **settings):
    return run([sys.executable, "-m", "evaluator", *arguments], **settings)


def run(command, **settings):
    environment = os.environ | settings
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
