"""Sentences about a pair of rows: one table of cases."""

import pytest

from evaluator.contract import Metric
from leaderboard.compare.pairs import Pair
from leaderboard.intervals.values import PairDifference

MEAN_IOU = Metric("mean_iou", "Mean IoU")
DISTANCE = Metric("distance", "Distance", unit="px", decimals=1, higher_is_better=False)


APART = "Significantly different among all pairs of this board."
ALIKE = "Not significantly different among all pairs of this board."
SAME_NUMBER = "The interval excludes 0, but both print the same number: they share a rank"


@pytest.mark.parametrize(
    ("estimate", "printed", "interval", "verdict"),
    [
        (PairDifference(0.008, 0.001, 0.017, True), (45.18, 44.38), "+0.10 to +1.70", APART),
        (PairDifference(0.008, -0.001, 0.017, False), (45.18, 44.38), "−0.10 to +1.70", ALIKE),
        (PairDifference(-0.008, -0.02, 0.01, False), (44.38, 45.18), "−2.00 to +1.00", ALIKE),
        (PairDifference(0.0, 0.0, 0.0, False), (45.18, 45.18), "0.00 to 0.00", ALIKE),
        (PairDifference(0.00004, 0.0001, 0.0002, False), (45.18, 45.18), "+0.01 to +0.02", SAME_NUMBER),
        (PairDifference(0.008, None, None, False), (45.18, 44.38), "", ""),
        (None, (45.18, 44.38), "", ""),
    ],
)
def test_a_pair_says_whether_it_is_significantly_different(estimate, printed, interval, verdict):
    pair = Pair("A", "B", MEAN_IOU, printed, estimate)
    assert pair.interval == interval
    assert pair.verdict.startswith(verdict)
    assert bool(pair.verdict) == bool(verdict)


@pytest.mark.parametrize("printed", [(None, 1.0), (1.0, None), (None, None)])
def test_a_headline_that_is_undefined_has_no_difference(printed):
    assert Pair("A", "B", MEAN_IOU, printed).difference == ""


def test_where_lower_is_better_the_first_is_ahead_by_less():
    pair = Pair("A", "B", DISTANCE, (1.5, 9.0), PairDifference(-7.5, -8.25, -6.71, True))
    assert (pair.difference, pair.interval) == ("−7.5 px", "−8.2 to −6.7 px")
    assert pair.verdict == APART
