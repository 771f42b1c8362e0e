"""What the readers of a board are told of how sure its numbers are."""

import json
import subprocess
import sys

import pytest
from django.conf import settings

from leaderboard import services
from leaderboard.intervals.queries import certainty_of
from leaderboard.intervals.values import Place, spans
from leaderboard.models import Review
from server.submissions.models import Evaluation
from tests.compared import have_compared

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


def test_nothing_is_known_of_a_board_that_was_not_compared(contest, phase):
    assert certainty_of(phase) is None


def test_readers_are_told_what_the_command_line_says(contest, phase, keys):
    known = have_compared(phase)
    assert known.current
    teams = {team["name"]: team for team in by_hand(keys)["teams"]}
    for letter, key in zip("abc", keys, strict=True):
        told, said = known.interval(key), teams[letter]
        low, high = (said["metrics"]["mean_iou"][end] for end in ("low", "high"))
        assert told.ranges["mean_iou"].text == f"{100 * low:.2f}–{100 * high:.2f}"
        assert told.ranges["mean_iou"].low == pytest.approx(low, abs=0.00005)
        place = said["place"]
        assert told.place == Place(
            place["rank"], place["rank_low"], place["rank_high"], place["group"], tuple(place["indistinct"])
        )


def test_a_pair_is_seen_from_either_side(contest, phase, keys):
    known, first = have_compared(phase), by_hand(keys)["pairs"][0]
    assert (first["team"], first["low"] > 0) == ("a", True)
    other = keys["abc".index(first["other"])]
    there, back = known.pair(keys[0], other), known.pair(other, keys[0])
    assert (there.beats, there.told_apart) == (first["beats"], True)
    assert there.difference == pytest.approx(first["difference"], abs=0.00005)
    assert (back.beats, back.difference) == (round(1 - there.beats, 4), -there.difference)
    assert (back.low, back.high, back.told_apart) == (-there.high, -there.low, True)
    assert not known.pair(keys[1], keys[2]).told_apart
    assert known.pair(keys[0], "unknown") is None


def test_bands_are_those_of_the_rows_that_are_asked_for(contest, phase, keys):
    known = have_compared(phase)
    bands = known.bands([keys[0], "unknown"])
    assert set(bands) == {keys[0]}
    said = by_hand(keys)["teams"][0]["bands"]["per_class_iou"]
    assert len(bands[keys[0]]["per_class_iou"].low) == len(said["low"])
    assert bands[keys[0]]["per_class_iou"].high[0] == pytest.approx(said["high"][0], abs=0.00005)


def test_after_a_change_scores_keep_their_intervals_and_places_are_told_anew(
    contest, phase, keys, compete, alices
):
    before = have_compared(phase).interval(keys[1])
    better = compete(alices, 0.95).evaluations.get().pk
    between = certainty_of(phase)
    assert not between.current
    assert between.interval(keys[1]).ranges == before.ranges
    assert between.interval(keys[1]).place is None
    assert between.interval(better) is None
    assert have_compared(phase).interval(better).place.rank == 1


@pytest.mark.parametrize("verdict", [Review.Verdict.HIDDEN, Review.Verdict.DISQUALIFIED, Review.Verdict.BASELINE])
def test_nothing_is_told_of_a_row_that_ranks_no_longer(contest, phase, keys, say, verdict):
    have_compared(phase)
    say(contest[1], verdict)
    known = certainty_of(phase)
    assert known.interval(keys[1]) is None
    assert known.bands(keys).keys() == {keys[0], keys[2]}
    assert known.pair(keys[0], keys[1]) is None
    assert known.pair(keys[0], keys[2])


def test_nothing_is_told_while_results_are_hidden_or_intervals_switched_off(contest, phase):
    have_compared(phase)
    phase.results = phase.Results.AFTER_CLOSE
    assert certainty_of(phase) is None
    phase.results, phase.shows_intervals = phase.Results.AT_ONCE, False
    assert certainty_of(phase) is None


def test_runs_of_numbers_are_drawn_together():
    assert [spans(numbers) for numbers in ([4], [1, 2, 3], [1, 3, 4, 7])] == ["4", "1–3", "1, 3–4, 7"]


def test_a_place_says_whom_it_cannot_be_told_apart_from():
    sure, unsure = Place(1, 1, 1, 1, ()), Place(2, 1, 4, 1, (1, 3, 4))
    assert (sure.text, sure.words) == ("1", "told apart from every other team")
    assert (unsure.text, unsure.words) == ("1–4", "not distinguishable from ranks 1, 3–4")
