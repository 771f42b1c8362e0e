"""Pictures as runs: every pixel comes back, also of runs longer than one length can say."""

import numpy as np
import pytest

from evaluator.runs import LONGEST, Runs


def test_runs_are_written_as_the_file_has_them():
    runs = Runs.of(np.array([[5, 5, 7], [7, 7, 0]], np.uint8))
    assert runs == Runs(bytes([2, 0, 3, 0, 1, 0, 5, 7, 0]), (2, 3))
    assert len(runs) == 3


@pytest.mark.parametrize("length", [1, LONGEST - 1, LONGEST, LONGEST + 1, 2 * LONGEST, 2 * LONGEST + 1, 200_000])
def test_a_long_run_is_kept_in_pieces(length):
    pixels = np.concatenate([[1, 2], np.full(length, 3), [4], np.full(length, 5)]).astype(np.uint8)[None]
    runs = Runs.of(pixels)
    assert len(runs) == 3 + 2 * -(-length // LONGEST)
    assert np.array_equal(runs.pixels(), pixels)


def test_noise_comes_back():
    pixels = np.random.default_rng(1).integers(0, 3, (61, 47), dtype=np.uint8)
    assert np.array_equal(Runs.of(pixels).pixels(), pixels)


def test_runs_that_do_not_fill_their_picture_have_no_pixels():
    with pytest.raises(ValueError, match="reshape"):
        Runs(Runs.of(np.zeros((2, 3), np.uint8)).packed, (2, 4)).pixels()
