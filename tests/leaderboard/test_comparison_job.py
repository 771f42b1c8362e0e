"""How a board comes to know its error: seen, claimed once, stored while it is new, and tried again."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from leaderboard import services, tasks
from leaderboard.intervals import job as comparing
from leaderboard.intervals.evaluator_output import read_compared
from leaderboard.intervals.queries import certainty_of, inputs_of
from leaderboard.models import Comparison
from leaderboard.ranking.standings import standings
from server.child import Ended
from server.notices.models import Notice
from server.submissions.models import Evaluation
from server.tracks.models import Phase
from tests.compared import have_compared

pytestmark = pytest.mark.django_db
AFTER, AT_LATEST = timedelta(seconds=20), timedelta(minutes=5)


@pytest.fixture
def comparison(contest, phase):
    """Of the board of the contest, seen just now."""
    comparing.look()
    return lambda: Comparison.objects.select_related("phase__track").get(phase=phase)


def shift(**moments: timedelta) -> None:
    """As if so much time had gone by since."""
    Comparison.objects.update(**{name: timezone.now() - ago for name, ago in moments.items()})


def settle() -> None:
    shift(wanted_since=AFTER, stale_since=AFTER)


@pytest.fixture
def waiting(handed_in, alice):
    """An evaluation that no worker has taken for a while."""
    evaluation = handed_in(alice).evaluations.get()
    Evaluation.objects.filter(pk=evaluation.pk).update(not_before=timezone.now() - timedelta(minutes=1))
    return evaluation


@pytest.mark.both_setups
def test_a_board_is_compared_once_it_has_not_changed_for_a_while(comparison):
    assert not comparing.compare_next()
    settle()
    assert comparing.look() == 1
    assert comparing.compare_next()
    assert comparison().inputs == inputs_of(standings(comparison().phase))
    assert comparison().stale_since is None
    assert (comparing.look(), comparing.compare_next()) == (0, False)


@pytest.mark.both_setups
def test_each_change_is_waited_out_but_not_for_ever(comparison, compete, alices):
    settle()
    compete(alices, 0.95)
    assert comparing.look() == 0
    shift(stale_since=AT_LATEST)
    assert comparing.look() == 1


def test_what_changes_nothing_on_the_board_is_no_change(comparison, compete, alices):
    settle()
    since = comparison().wanted_since
    compete(alices, 0.2)
    assert comparing.look() == 1
    assert comparison().wanted_since == since


@pytest.mark.parametrize("verdict", ["hidden", "disqualified", "baseline"])
def test_a_review_that_changes_the_ranks_is_a_change(comparison, contest, organiser, verdict):
    before = comparison().wanted
    services.review(submission=contest[0], verdict=verdict, reason="because", by=organiser)
    comparing.look()
    assert comparison().wanted not in {before, ""}


def test_a_board_that_is_again_as_it_was_compared_is_not_due(comparison, contest, organiser, phase):
    have_compared(phase)
    said = services.review(submission=contest[0], verdict="hidden", reason="because", by=organiser)
    comparing.look()
    assert comparison().stale_since is not None
    services.take_back(said, by=organiser)
    settle()
    assert comparing.look() == 0
    assert comparison().stale_since is None


@pytest.mark.both_setups
def test_waiting_evaluations_go_first_but_not_for_ever(comparison, waiting):
    settle()
    assert comparing.look() == 0
    shift(stale_since=AT_LATEST)
    assert comparing.look() == 1


def test_a_comparison_under_way_gives_way_to_an_evaluation_that_waits(comparison, waiting, phase):
    comparing.compare(comparison())
    assert certainty_of(phase) is None
    assert (comparison().lease_until, comparison().tries, comparison().trouble) == (None, 0, "")
    shift(stale_since=AT_LATEST + timedelta(seconds=1))
    comparing.compare(comparison())
    assert certainty_of(phase).current


def test_hidden_results_are_not_even_computed(contest, phase):
    Phase.objects.update(results=Phase.Results.BY_ORGANISER)
    assert comparing.look() == 0
    assert Comparison.objects.count() == 0


def test_results_hidden_since_they_were_seen_are_not_computed(comparison, phase):
    Phase.objects.update(results=Phase.Results.BY_ORGANISER)
    comparing.compare(comparison())
    assert comparison().computed_at is None
    comparing.look()
    settle()
    assert not comparing.compare_next()


def test_nothing_is_computed_where_intervals_are_switched_off(contest):
    Phase.objects.update(shows_intervals=False)
    assert comparing.look() == 0
    assert Comparison.objects.count() == 0


@pytest.mark.both_setups
@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_once_one_compares(comparison):
    settle()
    start, claimed = Barrier(2), []

    def claim() -> None:
        try:
            start.wait()
            claimed.append(comparing.claim())
        finally:
            connection.close()

    threads = [Thread(target=claim) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(each is not None for each in claimed) == 1
    assert comparison().fence == 1


@pytest.mark.both_setups
def test_what_a_lost_worker_held_another_takes_and_the_lost_ones_answer_is_thrown_away(comparison, phase):
    settle()
    lost = comparing.claim()
    assert comparing.claim() is None
    shift(lease_until=timedelta(seconds=1))
    assert comparing.compare_next()
    computed_at = comparison().computed_at
    empty = read_compared('{"outcome": "compared", "method": {}, "teams": [], "pairs": []}')
    assert not comparing.store(lost, lost.wanted, empty)
    assert comparison().computed_at == computed_at
    assert certainty_of(phase).current


@pytest.mark.both_setups
def test_an_answer_about_a_board_that_has_changed_since_is_kept_and_another_is_due(
    comparison, compete, alices, monkeypatch
):
    settle()
    run = comparing.run_evaluator

    def meanwhile(*arguments, **facts) -> Ended:
        compete(alices, 0.95)
        comparing.look()
        return run(*arguments, **facts)

    monkeypatch.setattr(comparing, "run_evaluator", meanwhile)
    assert comparing.compare_next()
    assert comparison().inputs != comparison().wanted
    assert not certainty_of(comparison().phase).current
    monkeypatch.undo()
    settle()
    assert comparing.compare_next()
    assert certainty_of(comparison().phase).current


def test_a_fault_of_ours_is_told_once_and_tried_later_and_later(comparison, contest, organiser):
    contest[0].evaluations.get().statistics_path.unlink()
    settle()
    for tries in (1, 2):
        tasks.compare()
        assert comparison().tries == tries
        assert "exit code 1" in comparison().trouble
    assert not comparing.compare_next(), "the third try waits"
    assert Notice.objects.count() == Notice.objects.filter(user=organiser, kind="alert").count() == 1
    shift(not_before=timedelta(0))
    assert comparing.compare_next()
    assert comparison().not_before > timezone.now() + timedelta(minutes=2)


@pytest.mark.parametrize("answer", ["", "[]", '{"outcome": "scored"}', '{"outcome": "compared", "teams": [{}]}'])
def test_what_is_no_comparison_is_not_read_as_one(answer):
    with pytest.raises(ValueError, match=r"Expecting|no answer|no comparison"):
        read_compared(answer)


def test_an_answer_about_others_than_were_asked_about_is_not_kept(comparison, monkeypatch):
    answer = '{"outcome": "compared", "method": {}, "teams": [], "pairs": []}'
    monkeypatch.setattr(comparing, "run_evaluator", lambda *_, **__: Ended(0, answer, ""))
    comparing.compare(comparison())
    assert "other teams" in comparison().trouble
    assert comparison().computed_at is None
