"""The draw, the sums, the intervals, and what scorers say of many sums at once."""

import math

import naive_bootstrap as naive
import numpy as np
import pytest
from hypothesis import given, settings
from strategies import SCORERS, comparisons

from evaluator.scorers import make
from evaluator.uncertainty.bootstrap import draw, interval, totals


def test_a_draw_depends_on_seed_images_and_number_alone():
    weights = draw(9, 5, 7)
    for number, row in enumerate(weights):
        assert row.tolist() == np.bincount(naive.drawn(9, number, 7), minlength=9).tolist()
    assert np.array_equal(draw(9, 3, 7), weights[:3])
    assert not np.array_equal(draw(9, 5, 8), weights)


def test_the_images_are_drawn_evenly():
    weights = draw(50, 4000)
    assert (weights.sum(axis=1) == 50).all()
    assert abs(weights.mean(axis=0) - 1).max() < 5 * math.sqrt((1 - 1 / 50) / 4000)  # five standard errors
    assert weights.var() == pytest.approx(1 - 1 / 50, abs=0.03)


def test_sums_of_the_largest_counts_are_exact():
    counts = np.full((3000, 2, 256), 2**26 - 1, np.int32) - np.arange(3000, dtype=np.int32)[:, None, None]
    weights = draw(3000, 4)
    by_hand = [sum(int(w) * (2**26 - 1 - image) for image, w in enumerate(row)) for row in weights]
    assert totals(weights, counts)[:, 1, 255].tolist() == by_hand


def test_an_interval_of_1000_leaves_24_values_out_at_each_end_and_turns_round_with_its_values():
    values = np.random.default_rng(1).permutation(1000).astype(float)
    assert interval(values) == (24, 975)
    assert interval(-values) == (-975, -24)


def test_an_interval_leaves_nan_out():
    low, high = interval(np.array([[np.nan, np.nan, 3.0], [np.nan, 7.0, 1.0], [np.nan, 8.0, 2.0]]))
    np.testing.assert_array_equal(low, [np.nan, 7, 1])
    np.testing.assert_array_equal(high, [np.nan, 8, 3])


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(comparisons())
def test_compute_batch_gives_each_sum_what_compute_gives(comparison):
    scorer, counts = comparison
    judge = make(scorer, SCORERS[scorer])
    for one in counts:
        total = one.sum(axis=0)
        total[0, 1] += scorer == "localization"  # an object pixel, without which there is no score
        scores, batch = judge.compute(total), judge.compute_batch(total[np.newaxis])
        for name, values in batch.items():
            column = name.removeprefix("per_class_")
            expected = scores[name] if name in scores else [row[column] for row in scores["per_class"]]
            assert np.array_equal(np.isnan(values[0]), np.isnan(np.array(expected, float)))
            np.testing.assert_allclose(values[0], np.array(expected, float), rtol=0, atol=1e-15)


def test_a_class_absent_from_a_resample_is_left_out_in_segmentation_and_0_in_scene_parsing():
    sums = np.zeros((1, 3, 4), np.int64)
    sums[0, :, 1] = 5
    assert make("segmentation", {"num_classes": 3}).compute_batch(sums)["mean_iou"] == [1]
    assert make("scene-parsing", {"num_classes": 3}).compute_batch(sums)["mean_iou"] == [1 / 3]


def test_each_resample_has_its_own_peak():
    sums = np.zeros((2, 2, 256), np.int64)
    sums[0, 0, 10] = sums[1, 0, 200] = 6
    batch = make("localization", {}).compute_batch(sums)
    assert batch["peak_iou"].tolist() == [1, 1]
    assert batch["peak_threshold"].tolist() == [10, 200]


@pytest.mark.slow
def test_the_intervals_of_400_simulated_splits_hold_the_true_score_about_95_times_in_100():
    judge, weights, random = make("segmentation", {"num_classes": 2}), draw(150), np.random.default_rng(2020)
    truth = judge.compute_batch(simulated(random, 400_000).sum(axis=0)[np.newaxis])["mean_iou"][0]
    held = 0
    for _ in range(400):
        low, high = interval(judge.compute_batch(totals(weights, simulated(random, 150)))["mean_iou"])
        held += bool(low <= truth <= high)
    assert 0.91 <= held / 400 <= 0.975  # four standard errors below 95 %, two above


def simulated(random, images):
    """Counts of images with one object each, of class 1 or 2, found in part and partly mistaken for the other."""
    label, size = random.integers(1, 3, images), random.integers(50, 1000, images)
    found, mistaken = (
        (size * random.beta(4, 2, images)).astype(int),
        (size * random.beta(1, 8, images)).astype(int),
    )
    counts, rows = np.zeros((images, 3, 3), np.int64), np.arange(images)
    counts[rows, 1, label] = size
    counts[rows, 0, label] = counts[rows, 2, label] = found
    counts[rows, 2, 3 - label] = mistaken
    return counts
