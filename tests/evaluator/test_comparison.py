"""Printed numbers, ranks and groups by hand-made tables."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.contract import Metric
from evaluator.uncertainty.comparison import Ranking, comparable, groups_of, ranks_of

IOU = Metric("iou", "IoU")
DISTANCE = Metric("distance", "Distance", unit="px", decimals=1, higher_is_better=False)


@given(st.lists(st.one_of(st.floats(0, 1), st.integers(0, 20_000).map(lambda n: n / 20_000)), min_size=1))
def test_numbers_are_compared_as_they_are_printed(values):
    assert comparable(np.array(values), IOU).tolist() == [float(f"{value * 100:.2f}") for value in values]
    assert comparable(np.array(values), DISTANCE).tolist() == [-float(f"{value:.1f}") for value in values]
    assert comparable(np.array(values), IOU).tolist() == [IOU.printed(value) for value in values]


def test_equal_prints_share_a_rank_and_an_undefined_one_is_never_first():
    shown = comparable(np.array([[0.5, 0.49999, 0.7, np.nan], [np.nan, np.nan, 0.1, 0.2]]), IOU)
    assert ranks_of(shown).tolist() == [[2, 2, 1, 4], [3, 3, 2, 1]]


def test_the_lowest_distance_ranks_first():
    shown = comparable(np.array([[5.04, 5.01, 7, np.nan], [np.nan, np.nan, 1, 2]]), DISTANCE)
    assert ranks_of(shown).tolist() == [[1, 1, 3, 4], [3, 3, 1, 2]]


def test_a_shorter_distance_beats_a_longer_one_and_its_difference_is_below_0():
    resampled = np.array([[1.0, 2.0], [3.0, 2.0], [1.0, 2.0], [2.0, 2.0]])
    (pair,) = Ranking(DISTANCE, ("near", "far"), np.array([1.0, 2.0]), resampled).pairs()
    assert (pair.beats, pair.difference) == (0.625, -1)


@pytest.mark.parametrize(
    ("ranks", "distinct_pairs", "groups"),
    [
        ([1], [], [1]),
        ([1, 2, 3], [], [1, 1, 1]),
        ([1, 2, 3], [(0, 2)], [1, 1, 2]),  # though 1 and 2 are alike: a group is told by its first team
        ([1, 2, 3, 4], [(0, 1), (1, 3)], [1, 2, 2, 3]),
        ([1, 2, 3], [(0, 1)], [1, 2, 2]),  # the third is like both; it goes with the group that is open
        ([1, 1, 3], [(0, 1)], [1, 1, 1]),  # a shared rank is never parted
    ],
)
def test_groups_are_told_by_their_first_team(ranks, distinct_pairs, groups):
    distinct = np.zeros((len(ranks), len(ranks)), bool)
    for one, other in distinct_pairs:
        distinct[one, other] = distinct[other, one] = True
    assert groups_of(np.array(ranks), distinct) == groups
