"""The job that recomputes a board's intervals: found, claimed once, stored while its claim holds, and retried."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from leaderboard import services, tasks
from leaderboard.intervals import job
from leaderboard.intervals.evaluator_output import read_output
from leaderboard.intervals.queries import inputs_of, intervals_of
from leaderboard.intervals.selection import Selection
from leaderboard.models import IntervalJob
from leaderboard.ranking.standings import standings
from server.alarms.models import Alarm
from server.desk.causes import causes_now
from server.evaluator_process import EvaluatorExit
from server.outbox.models import OutboxEmail
from server.submissions.models import Evaluation
from server.tracks.models import Phase
from tests.intervals import compute_intervals

pytestmark = pytest.mark.django_db
EMPTY = (
    '{"outcome": "compared", "method": {}, "teams": [], "pairs": [], "submissions": [], "own_pairs": [], '
    '"critical_value": 2.0, "withheld": "", "warnings": []}'
)
AFTER, AT_LATEST = timedelta(seconds=20), timedelta(minutes=5)


@pytest.fixture
def stored_job(contest, phase):
    """The job of the board of the contest, found just now: `stored_job()`."""
    job.find_changes()
    return lambda: IntervalJob.objects.select_related("phase__track").get(phase=phase)


def shift(**moments: timedelta) -> None:
    """As if so much time had gone by since."""
    IntervalJob.objects.update(**{name: timezone.now() - ago for name, ago in moments.items()})


def claimed(row: IntervalJob) -> IntervalJob:
    """The job in the hands of a worker."""
    shift(lease_until=timedelta(minutes=-1))
    return row


def settle() -> None:
    shift(wanted_since=AFTER, stale_since=AFTER)


@pytest.fixture
def waiting(submitted, alice):
    """An evaluation that no worker has taken for a while."""
    evaluation = submitted(alice).evaluations.get()
    Evaluation.objects.filter(pk=evaluation.pk).update(not_before=timezone.now() - timedelta(minutes=1))
    return evaluation


@pytest.mark.both_setups
def test_a_board_is_compared_once_it_has_not_changed_for_a_while(stored_job):
    assert not job.run_next()
    settle()
    assert job.find_changes() == 1
    assert job.run_next()
    assert stored_job().inputs == inputs_of(standings(stored_job().phase))
    assert stored_job().stale_since is None
    assert (job.find_changes(), job.run_next()) == (0, False)


@pytest.mark.both_setups
def test_each_change_is_waited_out_but_not_for_ever(stored_job, compete, alices):
    settle()
    compete(alices, 0.95)
    assert job.find_changes() == 0
    shift(stale_since=AT_LATEST)
    assert job.find_changes() == 1


def test_what_changes_nothing_on_the_board_is_no_change(stored_job, compete, alices):
    settle()
    since = stored_job().wanted_since
    compete(alices, 0.2)
    assert job.find_changes() == 1
    assert stored_job().wanted_since == since


@pytest.mark.parametrize("verdict", ["hidden", "disqualified", "baseline"])
def test_a_review_that_changes_the_ranks_is_a_change(stored_job, contest, organiser, verdict):
    before = stored_job().wanted
    services.review(submission=contest[0], verdict=verdict, reason="because", by=organiser)
    job.find_changes()
    assert stored_job().wanted not in {before, ""}


def test_a_board_that_is_again_as_it_was_compared_is_not_due(stored_job, contest, organiser, phase):
    compute_intervals(phase)
    said = services.review(submission=contest[0], verdict="hidden", reason="because", by=organiser)
    job.find_changes()
    assert stored_job().stale_since is not None
    services.undo_review(said, by=organiser, reason="because")
    settle()
    assert job.find_changes() == 0
    assert stored_job().stale_since is None


@pytest.mark.both_setups
def test_waiting_evaluations_go_first_but_not_for_ever(stored_job, waiting):
    settle()
    assert job.find_changes() == 0
    shift(stale_since=AT_LATEST)
    assert job.find_changes() == 1


def test_a_comparison_under_way_gives_way_to_an_evaluation_that_waits(stored_job, waiting, phase):
    job.run(claimed(stored_job()))
    assert intervals_of(phase) is None
    assert (stored_job().lease_until, stored_job().tries, stored_job().last_error) == (None, 0, "")
    shift(stale_since=AT_LATEST + timedelta(seconds=1))
    job.run(claimed(stored_job()))
    assert intervals_of(phase).current


def test_hidden_results_are_not_even_computed(contest, phase):
    Phase.objects.update(results=Phase.Results.BY_ORGANISER)
    assert job.find_changes() == 0
    assert IntervalJob.objects.count() == 0


def test_results_hidden_since_they_were_seen_are_not_computed(stored_job, phase):
    Phase.objects.update(results=Phase.Results.BY_ORGANISER)
    job.run(claimed(stored_job()))
    assert stored_job().computed_at is None
    job.find_changes()
    settle()
    assert not job.run_next()


def test_nothing_is_computed_where_intervals_are_switched_off(contest):
    Phase.objects.update(shows_intervals=False)
    assert job.find_changes() == 0
    assert IntervalJob.objects.count() == 0


@pytest.mark.both_setups
@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_once_one_compares(stored_job):
    settle()
    start, claimed = Barrier(2), []

    def claim() -> None:
        try:
            start.wait()
            claimed.append(job.claim())
        finally:
            connection.close()

    threads = [Thread(target=claim) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(each is not None for each in claimed) == 1
    assert stored_job().fence == 1


@pytest.mark.both_setups
def test_what_a_lost_worker_held_another_takes_and_the_lost_ones_answer_is_thrown_away(stored_job, phase):
    settle()
    lost = job.claim()
    assert job.claim() is None
    shift(lease_until=timedelta(seconds=1))
    assert job.run_next()
    computed_at = stored_job().computed_at
    assert not job.store(lost, Selection(lost.wanted, {}, {}), read_output(EMPTY))
    assert stored_job().computed_at == computed_at
    assert intervals_of(phase).current


@pytest.mark.both_setups
def test_an_answer_about_a_board_that_has_changed_since_is_kept_and_another_is_due(
    stored_job, compete, alices, monkeypatch
):
    settle()
    run = job.run_evaluator

    def meanwhile(*arguments, **facts) -> EvaluatorExit:
        compete(alices, 0.95)
        job.find_changes()
        return run(*arguments, **facts)

    monkeypatch.setattr(job, "run_evaluator", meanwhile)
    assert job.run_next()
    assert stored_job().inputs != stored_job().wanted
    assert not intervals_of(stored_job().phase).current
    monkeypatch.undo()
    settle()
    assert job.run_next()
    assert intervals_of(stored_job().phase).current


def test_a_fault_of_ours_is_told_once_and_tried_later_and_later(stored_job, contest, organiser):
    contest[0].evaluations.get().statistics_path.unlink()
    settle()
    for tries in (1, 2):
        tasks.compute_intervals()
        assert stored_job().tries == tries
        assert "exit code 1" in stored_job().last_error
    assert not job.run_next(), "the third try waits"
    assert OutboxEmail.objects.count() == OutboxEmail.objects.filter(user=organiser, kind="alert").count() == 1
    assert "intervals of" in Alarm.objects.lasting().get().title
    assert Alarm.objects.get().cause in {cause.key for cause in causes_now()}
    shift(not_before=timedelta(0))
    assert job.run_next()
    assert stored_job().not_before > timezone.now() + timedelta(minutes=2)


@pytest.mark.parametrize("answer", ["", "[]", '{"outcome": "scored"}', '{"outcome": "compared", "teams": [{}]}'])
def test_what_is_no_comparison_is_not_read_as_one(answer):
    with pytest.raises(ValueError, match=r"Expecting|no answer|no comparison"):
        read_output(answer)


def test_an_answer_about_others_than_were_asked_about_is_not_kept(stored_job, monkeypatch):
    monkeypatch.setattr(job, "run_evaluator", lambda *_, **__: EvaluatorExit(0, EMPTY, ""))
    job.run(claimed(stored_job()))
    assert "other submissions" in stored_job().last_error
    assert stored_job().computed_at is None
