"""The ranking as a pure function: tables of rows and of the ranks they get."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf, nan

import pytest

from evaluator.contract import Metric
from leaderboard.ranking.rank import Candidate, RankedCandidate, best_so_far, rank_candidates

BEGAN = datetime(2026, 6, 1, tzinfo=UTC)
MEAN_IOU = Metric("mean_iou", "Mean IoU")
DISTANCE = Metric("distance", "Distance", unit="px", decimals=1, higher_is_better=False)


def row(
    team: str, headline: str | None, minute: int = 0, *verdicts: str, metric: Metric = MEAN_IOU, **facts
) -> Candidate:
    """A row whose headline prints as this."""
    at = BEGAN + timedelta(minutes=minute)
    sort_key = metric.sort_key(headline and float(headline) / metric.scale)
    return Candidate(f"{team}{minute}", team, sort_key, at, verdicts=frozenset(verdicts), **facts)


A, B, C = row("a", "50.00", 1), row("b", "40.00", 2), row("c", "30.00", 3)
BY_BEST = [
    ("nobody", [], []),
    ("best first, whatever the order", [C, A, B], [(1, "a1"), (2, "b2"), (3, "c3")]),
    ("ten above nine", [row("a", "9.99"), row("b", "10.00")], [(1, "b0"), (2, "a0")]),
    ("one row a team, its best", [row("a", "20.00", 0), A, row("a", "30.00", 9)], [(1, "a1")]),
    ("equal ones share, the earlier first", [row("b", "50.00", 9), A, C], [(1, "a1"), (1, "b9"), (3, "c3")]),
    ("of a team's equal ones the earlier", [row("a", "50.00", 9), A], [(1, "a1")]),
    ("no number is last and unranked", [row("a", None), C], [(1, "c3"), (None, "a0")]),
    ("nobody has a number", [row("b", None, 2), row("a", None, 1)], [(None, "a1"), (None, "b2")]),
    ("a number before none of the same team", [row("a", None, 0), row("a", "1.00", 5)], [(1, "a5")]),
    ("zero is a number", [row("a", "0.00"), row("b", None)], [(1, "a0"), (None, "b0")]),
    ("disqualified: listed, no rank", [row("a", "50.00", 1, "disqualified"), B], [(None, "a1"), (1, "b2")]),
    ("baseline: listed, no rank", [A, row("b", "40.00", 2, "baseline"), C], [(1, "a1"), (None, "b2"), (2, "c3")]),
    ("marks change nothing", [row("a", "50.00", 1, "verified", "under_review"), B], [(1, "a1"), (2, "b2")]),
    ("hidden: the team's next", [row("a", "50.00", 1, "hidden"), row("a", "35.00", 5), B], [(1, "b2"), (2, "a5")]),
    ("hidden and disqualified: hidden", [row("a", "50.00", 1, "hidden", "disqualified"), B], [(1, "b2")]),
    ("withdrawn: the team's next", [replace(A, withdrawn=True), row("a", "1.00", 5)], [(1, "a5")]),
    ("a choice does not count by best", [A, row("a", "10.00", 5, chosen=True)], [(1, "a1")]),
]
BY_CHOICE = [
    ("the choice stands", [A, row("a", "35.00", 5, chosen=True), B], [(1, "b2"), (2, "a5")]),
    ("without a choice the best", [A, row("a", "35.00", 5), B], [(1, "a1"), (2, "b2")]),
    ("a hidden choice gives way to the best", [A, row("a", "35.00", 5, "hidden", chosen=True)], [(1, "a1")]),
    ("a withdrawn choice too", [A, row("a", "35.00", 5, chosen=True, withdrawn=True)], [(1, "a1")]),
    ("a disqualified choice stays", [A, row("a", "35.00", 5, "disqualified", chosen=True)], [(None, "a5")]),
    ("a choice without a number stays", [A, row("a", None, 5, chosen=True)], [(None, "a5")]),
]


def listed(board: list[RankedCandidate]) -> list[tuple[int | None, object]]:
    return [(ranked.rank, ranked.candidate.key) for ranked in board]


@pytest.mark.parametrize(("rows", "board"), [case[1:] for case in BY_BEST], ids=[case[0] for case in BY_BEST])
def test_each_team_stands_on_its_best(rows, board):
    assert listed(rank_candidates(rows, by_choice=False)) == board
    assert listed(rank_candidates(rows[::-1], by_choice=False)) == board


@pytest.mark.parametrize(("rows", "board"), [case[1:] for case in BY_CHOICE], ids=[case[0] for case in BY_CHOICE])
def test_each_team_stands_on_its_choice(rows, board):
    assert listed(rank_candidates(rows, by_choice=True)) == board
    assert listed(rank_candidates(rows[::-1], by_choice=True)) == board


@pytest.mark.parametrize("value", [None, nan, inf, -inf])
@pytest.mark.parametrize("metric", [MEAN_IOU, DISTANCE])
def test_what_is_no_number_is_neither_printed_nor_ranked(metric, value):
    assert metric.printed(value) is None
    assert not Candidate("a0", "a", metric.sort_key(value), BEGAN).rankable


def test_a_number_is_printed_with_two_decimals():
    assert [MEAN_IOU.show(value) for value in (0.451849, 0.45186, 0.0, 1.0)] == [
        "45.18",
        "45.19",
        "0.00",
        "100.00",
    ]


def test_where_lower_is_better_the_lowest_ranks_first():
    far, near, none = (row(team, px, metric=DISTANCE) for team, px in (("a", "9.0"), ("b", "1.5"), ("c", None)))
    equal, zero = row("d", "1.5", 3, metric=DISTANCE), row("e", "0.0", 4, metric=DISTANCE)
    board = [(1, "e4"), (2, "b0"), (2, "d3"), (4, "a0"), (None, "c0")]
    assert listed(rank_candidates([far, none, equal, near, zero], by_choice=False)) == board
    assert best_so_far([equal, far, none, zero]) == [far, equal, zero]


def test_a_record_is_what_surpasses_all_before_it():
    equal, hidden = row("d", "50.00", 8), row("e", "99.00", 0, "hidden")
    better, none = row("c", "60.00", 9), row("f", None, 4)
    assert best_so_far([better, equal, C, B, A, hidden, none]) == [A, better]
    assert best_so_far([C, replace(B, received_at=C.received_at + timedelta(1))])[-1].team == "b"
    assert best_so_far([]) == []
