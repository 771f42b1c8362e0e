"""What scorers say of many sums at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import SCORERS, comparisons

from evaluator.scorers import make


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(comparisons())
def test_compute_batch_gives_each_sum_what_compute_gives(comparison):
    scorer, options, counts = comparison
    judge = make(scorer, {**SCORERS[scorer], **options})
    for one in counts:
        total = one.sum(axis=0)
        total[0, 1] += scorer == "localization"  # an object pixel, without which there is no score
        scores, batch = judge.compute(total), judge.compute_batch(total[np.newaxis])
        for name, values in batch.items():
            column = name.removeprefix("per_class_")
            expected = scores[name] if name in scores else [row[column] for row in scores["per_class"]]
            assert np.array_equal(np.isnan(values[0]), np.isnan(np.array(expected, float)))
            np.testing.assert_allclose(values[0], np.array(expected, float), rtol=0, atol=1e-15)


def test_a_class_absent_from_a_sum_is_left_out_in_segmentation_and_0_in_scene_parsing():
    sums = np.zeros((1, 3, 4), np.int64)
    sums[0, :, 1] = 5
    assert make("segmentation", {"num_classes": 3}).compute_batch(sums)["mean_iou"] == [1]
    assert make("scene-parsing", {"num_classes": 3}).compute_batch(sums)["mean_iou"] == [1 / 3]


def test_each_sum_has_its_own_peak():
    sums = np.zeros((2, 2, 256), np.int64)
    sums[0, 0, 10] = sums[1, 0, 200] = 6
    batch = make("localization", {}).compute_batch(sums)
    assert batch["peak_iou"].tolist() == [1, 1]
    assert batch["peak_threshold"].tolist() == [10, 200]
