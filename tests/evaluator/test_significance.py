"""Critical values against published ones, and every statement on ranks against naive loops."""

import math

import naive_jackknife as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.contract import Metric
from evaluator.uncertainty.significance import Significance

IOU = Metric("iou", "IoU")
DISTANCE = Metric("distance", "Distance", unit="px", decimals=1, higher_is_better=False)

# Upper 5 % points of the studentized range with infinitely many degrees of freedom, by the number of means:
# H. L. Harter, Tables of Range and Studentized Range, Annals of Mathematical Statistics 31 (1960).
STUDENTIZED_RANGE = {3: 3.314, 5: 3.858, 10: 4.474, 15: 4.796, 20: 5.008}


def independent(teams, images=200):
    """Deviations of teams that are independent and vary alike."""
    random = np.random.default_rng(teams)
    deviations, _ = np.linalg.qr(random.normal(size=(images, teams + 1)) - 0.0)
    deviations -= deviations.mean(axis=0)
    orthogonal, _ = np.linalg.qr(deviations)
    return orthogonal[:, :teams].T


@pytest.mark.parametrize(("teams", "studentized_range"), STUDENTIZED_RANGE.items())
def test_the_critical_value_of_independent_teams_is_that_of_tukeys_range(teams, studentized_range):
    found = Significance(IOU, np.zeros(teams), independent(teams)).critical_value
    assert found == pytest.approx(studentized_range / math.sqrt(2), abs=0.06)  # three Monte-Carlo errors


def test_two_teams_need_196_standard_errors():
    assert Significance(IOU, np.zeros(2), independent(2)).critical_value == pytest.approx(1.96, abs=0.0001)


def test_the_critical_value_of_correlated_teams_is_that_of_another_simulation():
    random = np.random.default_rng(7)
    deviations = random.normal(size=(6, 120)) + 2 * random.normal(size=120)
    deviations[4] = deviations[3] + 0.1 * random.normal(size=120)
    deviations -= deviations.mean(axis=1, keepdims=True)
    covariance = deviations @ deviations.T * 119 / 120
    drawn = random.multivariate_normal(np.zeros(6), covariance, 200_000)
    ratios = [
        abs(drawn[:, one] - drawn[:, other])
        / math.sqrt(covariance[one, one] + covariance[other, other] - 2 * covariance[one, other])
        for one in range(6)
        for other in range(one)
    ]
    expected = np.quantile(np.max(ratios, axis=0), 0.95)
    assert Significance(IOU, np.zeros(6), deviations).critical_value == pytest.approx(expected, abs=0.05)


@st.composite
def boards(draw_):
    """Scores and deviations of some teams, some alike."""
    teams, random = draw_(st.integers(1, 7)), np.random.default_rng(draw_(st.integers(0, 2**32)))
    scores = np.array(
        draw_(st.lists(st.sampled_from([0.5, 0.500004, 0.51, 0.52, 0.6]), min_size=teams, max_size=teams))
    )
    deviations = random.normal(size=(teams, 40)) * draw_(st.sampled_from([1e-5, 1e-3, 3e-3]))
    if teams > 1 and draw_(st.booleans()):
        deviations[1], scores[1] = deviations[0], scores[0]
    return scores, deviations


@settings(max_examples=150, deadline=None)
@given(boards())
def test_every_statement_is_that_of_naive_loops(board):
    scores, deviations = board
    found, teams = Significance(IOU, scores, deviations), len(scores)
    errors = [[naive.error((deviations[a] - deviations[b]).tolist()) for b in range(teams)] for a in range(teams)]
    np.testing.assert_allclose(found.errors, errors, atol=1e-9)
    better = naive.relation(scores.tolist(), errors, found.critical_value)
    assert {(int(a), int(b)) for a, b in zip(*np.nonzero(found.better), strict=True)} == better
    expected = [place[:3] for place in naive.places(scores.tolist(), better)]
    assert [*zip(found.ranks(), found.rank_lows(), found.rank_highs(), strict=True)] == expected
    assert all(low <= rank <= high for rank, low, high in expected)


@settings(max_examples=50, deadline=None)
@given(boards())
def test_who_may_be_best_never_contradicts_the_ranks(board):
    found = Significance(IOU, *board)
    assert found.may_be_best[found.ranks() == 1].all()
    assert (found.rank_lows()[found.may_be_best] == 1).all()


def test_a_lower_distance_is_better():
    found = Significance(DISTANCE, np.array([9.0, 2.0]), independent(2))
    assert found.better.tolist() == [[False, False], [True, False]]
    assert found.ranks().tolist() == [2, 1]
    assert found.may_be_best.tolist() == [False, True]


def test_scores_that_print_alike_are_not_different():
    found = Significance(IOU, np.array([0.500001, 0.5]), independent(2) * 1e-9)
    assert found.ranks().tolist() == [1, 1]
    assert not found.distinct.any()


def test_an_undefined_error_says_nothing_of_that_team_alone():
    deviations = independent(3) / 1000
    deviations[2, 5] = np.nan
    found = Significance(IOU, np.array([0.9, 0.5, 0.1]), deviations)
    assert found.better.tolist() == [[False, True, False], [False] * 3, [False] * 3]
    assert [*zip(found.rank_lows(), found.rank_highs(), strict=True)] == [(1, 2), (2, 3), (1, 3)]


def test_no_team_and_one_team():
    assert Significance(IOU, np.zeros(0), np.zeros((0, 40))).ranks().tolist() == []
    alone = Significance(IOU, np.array([0.5]), independent(1))
    assert (alone.rank_lows().tolist(), alone.rank_highs().tolist(), alone.may_be_best.tolist()) == (
        [1],
        [1],
        [True],
    )
