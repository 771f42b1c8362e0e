"""Standings: the rows of a board and their ranks, and what reviews change."""

import math

import pytest
from django.utils import timezone

from leaderboard import services
from leaderboard.models import Review
from leaderboard.ranking.standings import Standing, all_scored, standing_of, standings
from server.acts import ReasonMissing
from server.submissions.models import Evaluation
from server.teams.services import create_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def doras(dora):
    return create_team(user=dora, name="doras", affiliation="")


@pytest.fixture
def three(alices, charlies, doras):
    return alices, charlies, doras


@pytest.fixture
def board(phase):
    """What a reader sees: rank, team and printed headline of each row."""
    return lambda: [(row.rank, row.team.name, row.values[0][1]) for row in standings(phase)]


@pytest.fixture
def say(organiser):
    return lambda submission, verdict: services.review(
        submission=submission, verdict=verdict, reason="because", by=organiser
    )


@pytest.mark.both_setups
def test_each_team_stands_with_its_best(scored, alices, charlies, board):
    scored(alices, 0.30)
    scored(alices, 0.40)
    scored(alices, 0.35)
    scored(charlies, 0.38)
    assert board() == [(1, "alices", "40.00"), (2, "charlies", "38.00")]


def test_an_empty_board_has_no_rows(board):
    assert board() == []


@pytest.mark.both_setups
def test_equal_printed_numbers_share_a_rank_and_the_earlier_is_listed_first(
    scored, alices, charlies, doras, board
):
    scored(charlies, 0.400001)
    scored(alices, 0.400049)  # more, but it prints as the same
    scored(doras, 0.39)
    assert board() == [(1, "charlies", "40.00"), (1, "alices", "40.00"), (3, "doras", "39.00")]


def test_a_hundredth_of_a_percent_decides(scored, alices, charlies, board):
    scored(charlies, 0.40004)
    scored(alices, 0.40006)
    assert board() == [(1, "alices", "40.01"), (2, "charlies", "40.00")]


def test_ten_stands_above_nine(scored, alices, charlies, board):
    scored(alices, 0.0999)
    scored(charlies, 0.1)
    assert board() == [(1, "charlies", "10.00"), (2, "alices", "9.99")]


def test_of_a_teams_equal_submissions_the_earlier_one_stands(scored, alices, phase):
    earlier, later = scored(alices, 0.4), scored(alices, 0.4)
    assert [row.submission for row in standings(phase)] == [earlier]
    assert standing_of(earlier).rank == 1
    assert standing_of(later) is None


def test_when_the_best_is_hidden_the_teams_next_stands(scored, alices, charlies, board, say):
    best = scored(alices, 0.5)
    scored(charlies, 0.4)
    scored(alices, 0.3)
    say(best, "hidden")
    assert board() == [(1, "charlies", "40.00"), (2, "alices", "30.00")]


def test_a_team_whose_only_submission_is_hidden_is_not_shown(scored, alices, charlies, board, say):
    say(scored(alices, 0.5), "hidden")
    scored(charlies, 0.4)
    assert board() == [(1, "charlies", "40.00")]


def test_the_disqualified_is_struck_and_the_next_moves_up(scored, alices, charlies, board, say):
    best = scored(alices, 0.5)
    scored(charlies, 0.4)
    say(best, "disqualified")
    assert board() == [(None, "alices", "50.00"), (1, "charlies", "40.00")]
    assert standings(best.phase)[0].disqualified.reason == "because"


def test_taking_a_review_back_leaves_the_board_as_before(scored, alices, charlies, board, say):
    best = scored(alices, 0.5)
    scored(charlies, 0.4)
    before = board()
    for verdict in ("hidden", "disqualified", "baseline"):
        review = say(best, verdict)
        services.undo_review(review, by=review.by, reason="because")
    assert board() == before == [(1, "alices", "50.00"), (2, "charlies", "40.00")]


def test_a_baseline_is_listed_where_it_would_stand_and_has_no_rank(scored, three, board, say):
    alices, charlies, doras = three
    scored(alices, 0.5)
    say(scored(charlies, 0.4), "baseline")
    scored(doras, 0.3)
    assert board() == [(1, "alices", "50.00"), (None, "charlies", "40.00"), (2, "doras", "30.00")]


@pytest.mark.parametrize("verdict", ["verified", "under_review"])
def test_a_mark_changes_no_rank(scored, alices, board, say, verdict):
    submission = scored(alices, 0.5)
    say(submission, verdict)
    assert board() == [(1, "alices", "50.00")]
    assert [mark.verdict for mark in standings(submission.phase)[0].marks] == [verdict]


@pytest.mark.parametrize("state", ["queued", "running", "rejected", "failed", "cancelled"])
def test_only_what_is_scored_stands(scored, alices, board, state):
    scored(alices, None, result={"state": state, "scores": None})
    assert board() == []


def test_only_the_published_rules_numbers_stand(scored, alices, charlies, truth, board):
    scored(alices, 0.5)
    old = truth.rule
    Evaluation.objects.filter(rule=old).update(queued_at=timezone.now())
    type(old).objects.filter(pk=old.pk).update(state="retired")
    new = type(old).objects.create(
        **{name: getattr(old, name) for name in ("track", "split", "ground_truth", "scorer", "scorer_version")},
        number=2,
        state="published",
    )
    scored(charlies, 0.3, rule=new)
    assert board() == [(1, "charlies", "30.00")]


def test_a_submission_scored_by_both_rules_stands_once(scored, alices, truth, board):
    submission = scored(alices, 0.5)
    facts = {name: getattr(truth.rule, name) for name in ("track", "split", "ground_truth", "scorer")}
    draft = type(truth.rule).objects.create(**facts, number=2, state="draft", scorer_version="2")
    Evaluation.objects.create(submission=submission, rule=draft, state="scored", scores={"mean_iou": 0.9})
    assert board() == [(1, "alices", "50.00")]


def test_another_phase_of_the_same_split_has_a_board_of_its_own(scored, alices, charlies, open_phase, phase):
    other = open_phase(slug="other")
    scored(alices, 0.5)
    scored(charlies, 0.4, phase=other)
    assert [row.team for row in standings(phase)] == [alices]
    assert [row.team for row in standings(other)] == [charlies]


def test_a_headline_that_is_not_defined_is_last_and_unranked(scored, alices, charlies, board):
    scored(charlies, None)
    scored(alices, 0.0)
    assert board() == [(1, "alices", "0.00"), (None, "charlies", "–")]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, None])
def test_a_headline_that_is_no_number_does_not_rank(scored, alices, value, phase):
    scored(alices, 0.5)
    (row,) = all_scored(phase)
    row.evaluation.scores["mean_iou"] = value
    assert row.headline is None
    assert row.columns[0].sort_key(value) == math.inf  # which Candidate.rankable refuses


def test_a_team_with_an_undefined_and_a_defined_headline_stands_with_the_defined_one(scored, alices, board):
    scored(alices, None)
    scored(alices, 0.2)
    assert board() == [(1, "alices", "20.00")]


def test_an_organiser_sees_hidden_rows_among_all_scored_ones(scored, alices, phase, say):
    hidden, shown = scored(alices, 0.5), scored(alices, 0.4)
    say(hidden, "hidden")
    rows = all_scored(phase)
    assert [row.submission for row in rows] == [hidden, shown]
    assert isinstance(rows[0], Standing)
    assert rows[0].hidden.verdict == "hidden"


def test_the_same_verdict_cannot_stand_twice_but_can_be_given_again(scored, alices, say, organiser):
    submission = scored(alices, 0.5)
    first = say(submission, "verified")
    with pytest.raises(services.ReviewRefused, match="already verified"):
        say(submission, "verified")
    services.undo_review(first, by=organiser, reason="because")
    say(submission, "verified")
    assert Review.objects.count() == 2


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_a_review_needs_its_reason(scored, alices, organiser, reason):
    with pytest.raises(ReasonMissing, match="Give the reason"):
        services.review(submission=scored(alices, 0.5), verdict="hidden", reason=reason, by=organiser)
    assert not Review.objects.exists()


def test_taking_back_twice_keeps_who_did_it_first(scored, alices, say, organiser, admin):
    review = say(scored(alices, 0.5), "hidden")
    services.undo_review(review, by=organiser, reason="because")
    with pytest.raises(services.ReviewRefused, match="already undone"):
        services.undo_review(review, by=admin, reason="because")
    review.refresh_from_db()
    assert review.undone_by == organiser
