"""The compiled counting against the same counting by numpy, and what neither may touch or mistake."""

import numpy as np
import pytest
from decoders import only
from factories import pngs, random_split, write_folder, write_zip
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.engine import evaluate
from evaluator.groundtruth import open_ground_truth
from evaluator.kernels import compiled
from evaluator.rle import Rle
from evaluator.scorers import SCORERS, make
from evaluator.scorers.label_maps import count_labels
from evaluator.scorers.localization import Localization

MANY = settings(max_examples=300, deadline=None)
LONG = 20  # more than two words of pixels
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


def by_both(count):
    with only("compiled"):
        fast = count()
    with only("Pillow"):
        plain = count()
    assert (fast.dtype, plain.dtype) == (np.int64, np.int64)
    return fast, plain


@pytest.mark.slow
@MANY
@given(rows_of_runs(), IGNORED, st.sampled_from([1, 151, 201, 256]))
def test_labels_are_counted_alike_whatever_two_maps_hold(maps, ignored, labels):
    prediction, truth = maps
    fast, plain = by_both(lambda: count_labels(prediction, Rle.encode(truth), ignored, labels))
    assert np.array_equal(fast, plain)


@pytest.mark.slow
@MANY
@given(rows_of_runs(), IGNORED, st.sampled_from([0, 127, 128, 254]))
def test_levels_are_counted_alike_whatever_two_maps_hold(maps, ignored, above):
    prediction, truth = maps
    fast, plain = by_both(lambda: Localization(above, ignored).count(prediction, Rle.encode(truth)))
    assert np.array_equal(fast, plain)


HEIGHT, WIDTH = 37, 53
CHECKERS = np.indices((HEIGHT, WIDTH)).sum(axis=0) % 2
NOISE = np.random.default_rng(7).integers(0, 256, (HEIGHT, WIDTH))
WORST = {"constant": np.zeros((HEIGHT, WIDTH)), "checkers": CHECKERS, "stripes": NOISE[:1] * np.ones((HEIGHT, 1))}


@pytest.mark.parametrize("content", [*WORST, "noise"])
@pytest.mark.parametrize("longest", [1, 7, 8, 60])
def test_the_worst_maps_are_counted_as_by_hand(content, longest):
    predicted = np.uint8((WORST | {"noise": NOISE})[content])
    lengths = np.random.default_rng(longest).integers(1, longest + 1, NOISE.size)
    truth = np.uint8(np.repeat(NOISE.ravel() % 3 * 100, lengths)[: NOISE.size].reshape(HEIGHT, WIDTH))
    pairs = list(zip(predicted.ravel().tolist(), truth.ravel().tolist(), strict=True))
    with only("compiled"):
        true_positives, target_pixels, prediction_pixels = count_labels(predicted, Rle.encode(truth), 100, 256)
        objects, rest = Localization(ignore_value=100).count(predicted, Rle.encode(truth))
    for value in range(256):
        assert true_positives[value] == (value != 100) * pairs.count((value, value))
        assert target_pixels[value] == sum(1 for _, other in pairs if other == value != 100)
        assert prediction_pixels[value] == sum(1 for pair in pairs if pair in ((value, 0), (value, 200)))
        assert objects[value] == pairs.count((value, 200))
        assert rest[value] == pairs.count((value, 0))


KINDS = np.zeros(256, np.uint8)


@pytest.mark.parametrize("sizes", [(1, 2), (8, 7), (31, 32), (64, 33)])
def test_maps_of_two_sizes_are_not_counted(sizes):
    one, other = (np.zeros((1, size), np.uint8) for size in sizes)
    with only("compiled"):
        for pixels, truth in ((one, Rle.encode(other)), (other, Rle.encode(one))):
            with pytest.raises(ValueError, match="another size"):
                compiled.kernels.count_labels(pixels, truth, None)
            with pytest.raises(ValueError, match="another size"):
                compiled.kernels.count_levels(pixels, truth, KINDS)


def test_levels_need_a_kind_for_each_value_of_the_truth():
    pixels = np.zeros((1, 8), np.uint8)
    with only("compiled"), pytest.raises(ValueError, match="kind"):
        compiled.kernels.count_levels(pixels, Rle.encode(pixels), KINDS[:255])


def test_maps_that_do_not_lie_in_one_piece_are_counted_as_those_that_do():
    random = np.random.default_rng(3)
    whole, truth = (random.integers(0, 3, (40, 60), dtype=np.uint8) for _ in range(2))
    apart, runs = whole[:, ::2], Rle.encode(truth[:, ::2])
    with only("compiled"):
        counts = [count_labels(pixels, runs, None, 3) for pixels in (apart, apart.copy())]
    assert np.array_equal(*counts)


@pytest.mark.parametrize("name", SCORERS)
def test_kernels_and_processes_change_no_bit_of_a_score(name, tmp_path):
    truth, predictions = random_split(name, 140, size=(33, 41))
    write_folder(tmp_path / "truth", pngs(truth))
    submission = write_zip(tmp_path / "submission.zip", pngs(predictions))
    results = set()
    with open_ground_truth(tmp_path / "truth", make(name, {})) as opened:
        for decoder in ("compiled", "Pillow and zlib"):
            with only(decoder):
                results |= {evaluate(submission, opened, jobs=jobs)[0].to_json() for jobs in (1, 2, 3)}
    assert len(results) == 1
