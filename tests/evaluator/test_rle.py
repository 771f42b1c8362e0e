"""Run-length encoding: every pixel comes back, also of runs longer than one length can hold."""

import numpy as np
import pytest

from evaluator.rle import MAX_RUN_LENGTH, Rle


def test_runs_are_written_as_the_file_has_them():
    rle = Rle.encode(np.array([[5, 5, 7], [7, 7, 0]], np.uint8))
    assert rle == Rle(bytes([2, 0, 3, 0, 1, 0, 5, 7, 0]), (2, 3))
    assert len(rle) == 3


@pytest.mark.parametrize("extra", [-1, 0, 1])
@pytest.mark.parametrize("pieces", [0, 1, 2, 3])
def test_a_long_run_is_split(pieces, extra):
    length = max(1, pieces * MAX_RUN_LENGTH + extra)
    pixels = np.concatenate([[1, 2], np.full(length, 3), [4], np.full(length, 5)]).astype(np.uint8)[None]
    rle = Rle.encode(pixels)
    assert len(rle) == 3 + 2 * -(-length // MAX_RUN_LENGTH)
    assert np.array_equal(rle.decode(), pixels)


def test_noise_comes_back():
    pixels = np.random.default_rng(1).integers(0, 3, (61, 47), dtype=np.uint8)
    assert np.array_equal(Rle.encode(pixels).decode(), pixels)


def test_runs_that_do_not_fill_their_picture_have_no_pixels():
    with pytest.raises(ValueError, match="reshape"):
        Rle(Rle.encode(np.zeros((2, 3), np.uint8)).packed, (2, 4)).decode()


@pytest.mark.parametrize("shape", [(1, 1), (1, 0xFFFF), (2, 0xFFFF), (300, 500)])
def test_a_blank_map_is_zeros(shape):
    assert np.array_equal(Rle.blank(*shape).decode(), np.zeros(shape))
