"""Periodic jobs: each runs as often as it says, whatever fails in another, and none waits for a mail server."""

import threading
from collections import Counter
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import OperationalError, connections
from django.db.models import F
from kombu.exceptions import OperationalError as BrokerAway

from evaluator.contract import UNCERTAINTY_VERSION
from leaderboard.models import Interval, IntervalJob
from server import background, leases
from server.background import BackgroundStep, PeriodicJob, run_periodically
from server.celery import app
from server.outbox.models import OutboxEmail
from server.submissions import transitions
from server.submissions.models import Evaluation
from tests.processes import eventually

SHORT = 0.01


@pytest.fixture
def stopping():
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def list_of_jobs():
    """The jobs that a worker would run."""
    app.finalize()
    step = next(step for step in app.steps["worker"] if issubclass(step, BackgroundStep))
    worker = SimpleNamespace(steps=[], concurrency=1, hostname="celery@test")
    return lambda: {job.name: job for job in step(worker).jobs()}


def counted(counts: Counter, name: str, *, until: int = 3, stopping: threading.Event) -> None:
    counts[name] += 1
    if counts[name] >= until:
        stopping.set()


@pytest.mark.parametrize(
    "error",
    [OperationalError("away"), BrokerAway("away"), OSError("full"), RuntimeError("a fault in the program")],
)
def test_nothing_that_goes_wrong_in_a_job_ends_it_or_another(monkeypatch, stopping, error):
    monkeypatch.setattr(background.connections, "close_all", lambda: None)
    counts: Counter = Counter()

    def fail() -> None:
        counts["failing"] += 1
        raise error

    def go_on() -> None:
        counted(counts, "other", stopping=stopping)

    run_periodically([PeriodicJob("failing", SHORT, fail), PeriodicJob("other", SHORT, go_on)], stopping)
    assert counts == {"failing": 3, "other": 3}


def test_each_job_runs_first_after_the_shortest_time_and_then_as_often_as_it_says(stopping):
    counts: Counter = Counter()
    jobs = [
        PeriodicJob("often", SHORT, lambda: counted(counts, "often", until=5, stopping=stopping)),
        PeriodicJob("seldom", 60, lambda: counted(counts, "seldom", stopping=stopping)),
    ]
    run_periodically(jobs, stopping)
    assert counts == {"often": 5, "seldom": 1}


def test_a_worker_that_shuts_down_begins_no_further_round(monkeypatch, stopping):
    flag = leases.SharedFlag()
    monkeypatch.setattr(background, "shutting_down", flag)
    rounds = []
    run_periodically([PeriodicJob("last", SHORT, lambda: (rounds.append(1), flag.set()))], stopping)
    assert rounds == [1]


def test_a_job_that_hangs_in_a_thread_of_its_own_delays_no_other(stopping):
    counts: Counter = Counter()

    class Step(BackgroundStep):
        def jobs(self) -> list[PeriodicJob]:
            quick = PeriodicJob("quick", SHORT, lambda: counts.update(["quick"]))
            return [PeriodicJob("slow", SHORT, lambda: stopping.wait(30), thread="slow"), quick]

    step = Step(SimpleNamespace(steps=[]))
    step.start(None)
    eventually(lambda: counts["quick"] > 5, 5)
    step.stop(None)


def test_the_jobs_of_a_worker_and_their_threads(list_of_jobs, settings):
    assert {job.name: job.thread for job in list_of_jobs().values()} == {
        "heartbeat": "periodic-jobs",
        "sweep": "periodic-jobs",
        "intervals": "periodic-jobs",
        "re-scores": "periodic-jobs",
        "cleanup": "periodic-jobs",
        "same maps": "periodic-jobs",
        "reminders": "periodic-jobs",
        "mail": "mail",
    }
    settings.MAIL_FROM_WORKER = False
    assert set(list_of_jobs()) == {"heartbeat", "sweep", "intervals", "re-scores", "cleanup", "same maps"}


@pytest.mark.both_setups
@pytest.mark.django_db
def test_a_round_that_finds_nothing_to_do_asks_the_database_four_times(
    list_of_jobs, phase, submitted, alice, django_assert_num_queries
):
    submitted(alice)
    assert transitions.record_scored(transitions.claim("another worker"), {"mean_iou": 0.5}, [])
    OutboxEmail.objects.all().delete()
    often = [job for job in list_of_jobs().values() if job.seconds <= settings.SWEEP_SECONDS]
    assert [job.name for job in often] == ["sweep", "intervals", "re-scores", "mail"]
    often[1].run()
    known = {"metrics": {}, "bands": {}, "version": UNCERTAINTY_VERSION}
    Interval.objects.create(job=IntervalJob.objects.get(), evaluation=Evaluation.objects.get(), **known)
    IntervalJob.objects.update(inputs=F("wanted"), stale_since=None, lacking=0)
    for job in often * 3:  # until each has seen what it did itself
        job.run()
    with django_assert_num_queries(4):
        for job in often:
            job.run()


@pytest.mark.both_setups
@pytest.mark.django_db(transaction=True)
def test_a_connection_is_kept_from_round_to_round_and_dropped_after_an_error(stopping):
    seen, fails = [], iter([False, False, True, False])

    def ask() -> None:
        connection = connections["default"]
        connection.ensure_connection()
        seen.append(connection.connection)
        if next(fails):
            raise OperationalError("away")
        if len(seen) == 4:
            stopping.set()

    thread = threading.Thread(target=run_periodically, args=[[PeriodicJob("ask", SHORT, ask)], stopping])
    thread.start()
    thread.join(30)
    assert seen[0] is seen[1] is seen[2]
    assert seen[3] is not seen[2]
