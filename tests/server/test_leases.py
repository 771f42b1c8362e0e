"""Leases: renewed by the clock, also while the database is unavailable, and no longer than the claim is valid."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from server import leases
from server.files import sha256_of
from server.submissions import tasks, transitions
from server.submissions.models import Evaluation
from tests.lost_leases import expire_lease

pytestmark = pytest.mark.django_db
DATABASE_UNAVAILABLE = OperationalError("the server closed the connection unexpectedly")


@pytest.fixture
def running(submitted, alice) -> Evaluation:
    submitted(alice)
    return transitions.claim("one")


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on by hand: `clock.now += 5`."""

    class Clock:
        now = 1000.0

        def monotonic(self) -> float:
            return self.now

        def sleep(self, seconds: float) -> None:
            self.now += seconds

    monkeypatch.setattr(leases, "time", ours := Clock())
    return ours


def until(evaluation: Evaluation):
    return Evaluation.objects.get(pk=evaluation.pk).lease_until


def test_the_lease_is_renewed_by_the_clock_without_any_news(running, clock, settings):
    settings.LEASE = timedelta(seconds=60)
    keeper, first = leases.LeaseKeeper(running), until(running)
    clock.now += 9
    keeper.tick()
    assert until(running) == first
    clock.now += 2
    keeper.tick()
    assert until(running) > first


def test_the_first_news_is_shown_at_once_and_the_next_after_a_second(running, clock):
    keeper = leases.LeaseKeeper(running)
    for done in (1, 2):
        keeper.tick("scoring", done, 9)
        assert Evaluation.objects.get(pk=running.pk).done == 1
    clock.now += 1
    keeper.tick("scoring", 3, 9)
    assert Evaluation.objects.get(pk=running.pk).done == 3


def test_the_archive_is_hashed_under_the_lease(tmp_path):
    archive = tmp_path / "archive"
    archive.write_bytes(bytes(3 * 1024**2 + 1))
    ticks = []
    sha256_of(archive, lambda: ticks.append(1))
    assert len(ticks) == 4


@pytest.mark.django_db(transaction=True)
def test_a_renewal_that_the_database_does_not_take_is_tried_again(running, clock, monkeypatch):
    keeper, renew, tries = leases.LeaseKeeper(running), leases.renew, []

    def away(*words, **progress):
        tries.append(progress)
        raise DATABASE_UNAVAILABLE

    monkeypatch.setattr(leases, "renew", away)
    for _ in range(3):
        keeper.tick("scoring", 1, 2)
        clock.now += 1.1
    assert len(tries) == 3
    monkeypatch.setattr(leases, "renew", renew)
    keeper.tick("scoring", 1, 2)
    assert Evaluation.objects.get(pk=running.pk).done == 1


def test_a_lease_that_another_took_ends_the_work(running, clock):
    keeper = leases.LeaseKeeper(running)
    expire_lease(running)
    transitions.claim("two")
    with pytest.raises(leases.LeaseLost):
        keeper.tick("scoring", 1, 9)


@pytest.mark.django_db(transaction=True)
def test_the_last_write_waits_for_the_database(running, clock):
    answers = iter([DATABASE_UNAVAILABLE, DATABASE_UNAVAILABLE, None])

    def write():
        if answer := next(answers):
            raise answer

    leases.until_written(write)
    assert next(answers, "all asked") == "all asked"


@pytest.mark.django_db(transaction=True)
def test_a_database_that_stays_away_is_given_up_after_ten_minutes(clock):
    began = clock.now

    def write():
        raise DATABASE_UNAVAILABLE

    with pytest.raises(OperationalError):
        leases.until_written(write)
    assert 500 < clock.now - began < 700


def test_a_result_that_is_written_twice_is_the_same_result(running, folders):
    statistics = folders / "counts"
    statistics.write_bytes(b"counts")
    scores = {"mean_iou": 0.5, "per_class": [0.5]}
    assert transitions.record_scored(running, scores, [], statistics)
    assert not transitions.record_scored(running, scores, [], statistics)
    scored = Evaluation.objects.get(pk=running.pk)
    assert (scored.scores["mean_iou"], scored.per_class) == (0.5, [0.5])
    assert scored.statistics_path.read_bytes() == b"counts"


def test_a_full_disk_hands_it_back_and_waits_twice_as_long_each_time(running, monkeypatch, settings):
    settings.LEASE = timedelta(seconds=60)
    monkeypatch.setenv("LID_FAILPOINTS", "1")
    monkeypatch.setenv("FAILPOINTS", "scored_not_recorded:full")
    waits = []
    for _ in range(3):
        evaluation = Evaluation.objects.get(pk=running.pk)
        tasks.score(evaluation)
        back = Evaluation.objects.get(pk=running.pk)
        assert (back.state, back.failures, back.lease_owner) == ("queued", 0, "")
        waits.append(round((back.not_before - back.events.last().at).total_seconds()))
        Evaluation.objects.filter(pk=running.pk).update(not_before=back.queued_at)
        assert transitions.claim("one")
    assert waits == [30, 60, 120]
