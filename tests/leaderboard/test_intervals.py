"""The intervals that the readers of a board see."""

import json
import subprocess
import sys

import pytest
from django.conf import settings

from leaderboard import services
from leaderboard.intervals.queries import intervals_of
from leaderboard.intervals.values import RankInterval, spans
from leaderboard.models import Review
from leaderboard.ranking.standings import standings
from server.submissions.models import Evaluation
from tests.intervals import compute_intervals

pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(contest):
    return [submission.evaluations.get().pk for submission in contest]


@pytest.fixture
def say(organiser):
    return lambda submission, verdict: services.review(
        submission=submission, verdict=verdict, reason="because", by=organiser
    )


def by_hand(keys) -> dict:
    """What the command line says of these statistics, named by letters."""
    files = [
        f"{letter}={Evaluation.objects.get(pk=key).statistics_path}"
        for letter, key in zip("abc", keys, strict=True)
    ]
    done = subprocess.run(
        [sys.executable, "-m", "evaluator", "uncertainty", *files, "--json"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_a_board_whose_job_has_not_run_has_no_intervals(contest, phase):
    assert intervals_of(phase) is None


def test_readers_see_what_the_command_line_says(contest, phase, keys):
    intervals = compute_intervals(phase)
    assert intervals.current
    teams = {team["name"]: team for team in by_hand(keys)["teams"]}
    for letter, key in zip("abc", keys, strict=True):
        row, answer = intervals.row(key), teams[letter]
        low, high = (answer["metrics"]["mean_iou"][end] for end in ("low", "high"))
        assert row.metrics["mean_iou"].text == f"{100 * low:.2f}–{100 * high:.2f}"
        assert row.metrics["mean_iou"].low == pytest.approx(low, abs=0.00005)
        place = answer["place"]
        assert row.rank == RankInterval(
            place["rank"],
            place["rank_low"],
            place["rank_high"],
            tuple(place["indistinct"]),
            place["may_be_best"],
        )


def test_a_pair_is_seen_from_either_side(contest, phase, keys):
    intervals, first = compute_intervals(phase), by_hand(keys)["pairs"][0]
    assert (first["team"], first["low"] > 0) == ("a", True)
    other = keys["abc".index(first["other"])]
    there, back = intervals.pair(keys[0], other), intervals.pair(other, keys[0])
    assert there.significantly_different is first["significantly_different"] is True
    assert there.difference == pytest.approx(first["difference"], abs=0.00005)
    assert (back.difference, back.low, back.high) == (-there.difference, -there.high, -there.low)
    assert back.significantly_different
    assert there.class_margins == back.class_margins == tuple(first["class_margins"])
    assert not intervals.pair(keys[1], keys[2]).significantly_different
    assert intervals.pair(keys[0], "unknown") is None


def test_bands_are_those_of_the_rows_that_are_asked_for(contest, phase, keys):
    intervals = compute_intervals(phase)
    bands = intervals.bands([keys[0], "unknown"])
    assert set(bands) == {keys[0]}
    answer = by_hand(keys)["teams"][0]["bands"]["per_class_iou"]
    assert len(bands[keys[0]]["per_class_iou"].low) == len(answer["low"])
    assert bands[keys[0]]["per_class_iou"].high[0] == pytest.approx(answer["high"][0], abs=0.00005)


def test_after_a_change_scores_keep_their_intervals_and_rank_intervals_wait_for_the_job(
    contest, phase, keys, compete, alices
):
    before = compute_intervals(phase).row(keys[1])
    better = compete(alices, 0.95).evaluations.get().pk
    between = intervals_of(phase)
    assert not between.current
    assert between.row(keys[1]).metrics == before.metrics
    assert between.row(keys[1]).rank is None
    assert between.row(better) is None
    assert compute_intervals(phase).row(better).rank.rank == 1


@pytest.mark.parametrize("verdict", [Review.Verdict.HIDDEN, Review.Verdict.DISQUALIFIED, Review.Verdict.BASELINE])
def test_a_row_that_ranks_no_longer_has_no_intervals(contest, phase, keys, say, verdict):
    compute_intervals(phase)
    say(contest[1], verdict)
    intervals = intervals_of(phase)
    assert intervals.row(keys[1]) is None
    assert intervals.bands(keys).keys() == {keys[0], keys[2]}
    assert intervals.pair(keys[0], keys[1]) is None
    assert intervals.may_be_best(standings(phase)) == []
    assert compute_intervals(phase).pair(keys[0], keys[2])


def test_no_intervals_are_shown_while_results_are_hidden_or_intervals_switched_off(contest, phase):
    compute_intervals(phase)
    phase.results = phase.Results.AFTER_CLOSE
    assert intervals_of(phase) is None
    phase.results, phase.shows_intervals = phase.Results.AT_ONCE, False
    assert intervals_of(phase) is None


def test_consecutive_numbers_are_joined():
    assert [spans(numbers) for numbers in ([4], [1, 2, 3], [1, 3, 4, 7])] == ["4", "1–3", "1, 3–4, 7"]


def test_a_rank_interval_says_which_ranks_are_not_significantly_different():
    sure, unsure = RankInterval(1, 1, 1, (), True), RankInterval(2, 1, 4, (1, 3, 4), False)
    assert (sure.text, sure.description) == ("1", "significantly different from every other team")
    assert (unsure.text, unsure.description) == ("1–4", "not significantly different from ranks 1, 3–4")
    assert sure.meaning.startswith("Its rank over ever more images of this kind is 1; ")
    assert unsure.meaning.startswith("Its rank over ever more images of this kind lies in 1–4; ")
