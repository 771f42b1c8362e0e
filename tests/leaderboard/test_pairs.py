"""Sentences about a pair of rows: one table of cases."""

import pytest

from evaluator.contract import Metric
from leaderboard.compare.pairs import Pair
from leaderboard.intervals.values import PairDifference

MEAN_IOU = Metric("mean_iou", "Mean IoU")
DISTANCE = Metric("distance", "Distance", unit="px", decimals=1, higher_is_better=False)


def known(*numbers, apart):
    return PairDifference(*numbers, significantly_different=apart)


APART = "The two are significantly different."
ALIKE = "The interval contains 0: the two are not significantly different."


@pytest.mark.parametrize(
    ("estimate", "ahead", "interval", "conclusion"),
    [
        (known(0.97, 0.008, 0.001, 0.017, apart=True), "A is ahead in 97 of 100", "+0.10 to +1.70", APART),
        (known(1.0, 0.08, 0.05, 0.1, apart=True), "A is ahead in 100 of 100", "+5.00 to +10.00", APART),
        (known(0.9991, 0.08, 0.05, 0.1, apart=True), "A is ahead in 99 of 100", "+5.00 to +10.00", APART),
        (
            PairDifference(0.8, 0.008, -0.001, 0.017, significantly_different=False),
            "A is ahead in 80 of 100",
            "−0.10 to +1.70",
            ALIKE,
        ),
        (known(0.2, 0.008, -0.02, 0.01, apart=False), "B is ahead in 80 of 100", "−2.00 to +1.00", ALIKE),
        (known(0.5, 0.0, 0.0, 0.0, apart=False), "Each is ahead in 50 of 100", "0.00 to 0.00", ALIKE),
        (known(0.97, 0.008, None, None, apart=False), "A is ahead in 97 of 100", "", ""),
        (None, "No interval has been computed", "", ""),
    ],
)
def test_a_pair_says_who_is_ahead_how_often_and_whether_it_is_sure(estimate, ahead, interval, conclusion):
    pair = Pair("A", "B", MEAN_IOU, (45.18, 44.38), estimate)
    assert pair.difference == "+0.80"
    assert pair.ahead.startswith(ahead)
    assert (pair.interval, pair.conclusion) == (interval, conclusion)


@pytest.mark.parametrize("printed", [(None, 1.0), (1.0, None), (None, None)])
def test_a_headline_that_is_undefined_has_no_difference(printed):
    assert Pair("A", "B", MEAN_IOU, printed).difference == ""


def test_where_lower_is_better_the_first_is_ahead_by_less():
    pair = Pair("A", "B", DISTANCE, (1.5, 9.0), known(0.98, -7.5, -8.25, -6.71, apart=True))
    assert (pair.difference, pair.interval) == ("−7.5 px", "−8.2 to −6.7 px")
    assert (pair.ahead, pair.conclusion) == ("A is ahead in 98 of 100 resamples of the images.", APART)
