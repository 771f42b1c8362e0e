"""The compiled counting against the same counting by numpy, and what neither may touch or mistake."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import pngs, random_split, write_folder, write_zip
from ways import only

from evaluator import compiled
from evaluator.engine import evaluate
from evaluator.groundtruth import open_ground_truth
from evaluator.scorers import SCORERS, make
from evaluator.scorers.labels import count_labels
from evaluator.scorers.localization import Localization

MANY = settings(max_examples=300, deadline=None)
LONG = 40  # more than the 32 pixels that are looked at together
VALUES = st.sampled_from([0, 1, 2, 127, 128, 129, 200, 254, 255])
IGNORED = st.sampled_from([None, 0, 2, 128, 255])


@st.composite
def rows_of_runs(draw, values=VALUES):
    """Two maps of one shape, made of runs: whole blocks of one value, and blocks that a run ends in."""
    shape = draw(st.tuples(st.integers(1, 4), st.integers(1, 3 * LONG)))
    maps = []
    for _ in range(2):
        runs = draw(st.lists(st.tuples(values, st.integers(1, 2 * LONG)), min_size=1, max_size=12))
        pixels = np.concatenate([np.full(length, value, np.uint8) for value, length in runs])
        maps.append(np.resize(pixels, shape))
    return maps


def both_ways(count):
    with only("compiled"):
        fast = count()
    with only("Pillow"):
        plain = count()
    assert (fast.dtype, plain.dtype) == (np.int64, np.int64)
    return fast, plain


@MANY
@given(rows_of_runs(), IGNORED, st.sampled_from([1, 151, 201, 256]))
def test_labels_are_counted_alike_whatever_two_maps_hold(maps, ignored, labels):
    fast, plain = both_ways(lambda: count_labels(*maps, ignored, labels))
    assert np.array_equal(fast, plain)


@MANY
@given(rows_of_runs(), IGNORED, st.sampled_from([0, 127, 128, 254]))
def test_levels_are_counted_alike_whatever_two_maps_hold(maps, ignored, above):
    scorer = Localization(above, ignored)
    fast, plain = both_ways(lambda: scorer.count(*maps))
    assert np.array_equal(fast, plain)


HEIGHT, WIDTH = 37, 53
CHECKERS = np.indices((HEIGHT, WIDTH)).sum(axis=0) % 2
NOISE = np.random.default_rng(7).integers(0, 256, (HEIGHT, WIDTH))
WORST = {"constant": np.zeros((HEIGHT, WIDTH)), "checkers": CHECKERS, "stripes": NOISE[:1] * np.ones((HEIGHT, 1))}


@pytest.mark.parametrize("content", [*WORST, "noise"])
def test_the_worst_maps_are_counted_as_by_hand(content):
    predicted = np.uint8((WORST | {"noise": NOISE})[content])
    truth = np.uint8(NOISE.T.reshape(HEIGHT, WIDTH) % 3 * 100)  # 0, 100 and 200
    pairs = list(zip(predicted.ravel().tolist(), truth.ravel().tolist(), strict=True))
    with only("compiled"):
        agreeing, true, guessed = count_labels(predicted, truth, 100, 256)
        objects, rest = Localization(ignore_value=100).count(predicted, truth)
    for value in range(256):
        assert agreeing[value] == (value != 100) * pairs.count((value, value))
        assert true[value] == sum(1 for _, other in pairs if other == value != 100)
        assert guessed[value] == sum(1 for pair in pairs if pair in ((value, 0), (value, 200)))
        assert objects[value] == pairs.count((value, 200))
        assert rest[value] == pairs.count((value, 0))


@pytest.mark.parametrize("name", ["count_labels", "count_levels"])
@pytest.mark.parametrize("sizes", [(0, 1), (8, 7), (31, 32), (64, 33)])
def test_maps_of_two_sizes_are_not_counted(name, sizes):
    with only("compiled"):
        one, other = (np.zeros(size, np.uint8) for size in sizes)
        for pair in ((one, other), (other, one)):
            counts, kinds = np.full((3, 256) if name == "count_labels" else (2, 256), 7), np.zeros(256, np.uint8)
            option = -1 if name == "count_labels" else kinds
            assert not getattr(compiled.kernels, name)(*pair, option, counts)
            assert (counts == 7).all()


def test_tables_of_another_shape_are_not_written():
    pixels, kinds = np.zeros(64, np.uint8), np.zeros(256, np.uint8)
    with only("compiled"):
        for shape in ((2, 255), (1, 256), (4, 256)):
            counts = np.full(shape, 7)
            assert not compiled.kernels.count_labels(pixels, pixels, -1, counts)
            assert not compiled.kernels.count_levels(pixels, pixels, kinds, counts)
            assert (counts == 7).all()
        assert not compiled.kernels.count_levels(pixels, pixels, kinds[:255], np.zeros((2, 256), np.int64))


@pytest.mark.parametrize("ignored", [-1, 256, 1000, -300])
def test_what_no_pixel_can_be_is_ignored_nowhere(ignored):
    pixels, counts = np.arange(256, dtype=np.uint8), np.zeros((3, 256), np.int64)
    with only("compiled"):
        assert compiled.kernels.count_labels(pixels, pixels, ignored, counts)
    assert (counts == 1).all()


@pytest.mark.parametrize("name", SCORERS)
def test_kernels_and_processes_change_no_bit_of_a_score(name, tmp_path):
    truth, predictions = random_split(name, 140, size=(33, 41))
    write_folder(tmp_path / "truth", pngs(truth))
    submission = write_zip(tmp_path / "submission.zip", pngs(predictions))
    results = set()
    with open_ground_truth(tmp_path / "truth", make(name, {})) as opened:
        for way in ("compiled", "Pillow and zlib"):
            with only(way):
                results |= {evaluate(submission, opened, jobs=jobs)[0].to_json() for jobs in (1, 2, 3)}
    assert len(results) == 1
