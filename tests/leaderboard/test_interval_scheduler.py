"""The look for boards to compute anew: one query where nothing has changed, and no change is missed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from evaluator.contract import UNCERTAINTY_VERSION
from leaderboard import services
from leaderboard.intervals import scheduler
from leaderboard.intervals.scheduler import IntervalScheduler
from leaderboard.models import Interval, IntervalJob
from server.submissions.models import Evaluation
from server.tracks.models import Phase

pytestmark = [pytest.mark.django_db, pytest.mark.both_setups]


@pytest.fixture
def sent(monkeypatch) -> list[int]:
    """The tasks that were sent."""
    tasks = []
    monkeypatch.setattr(scheduler.compute_intervals, "apply_async", lambda **_: tasks.append(1))
    return tasks


@pytest.fixture
def idle(contest, sent) -> IntervalScheduler:
    """A scheduler that has seen the board of the contest, whose intervals are computed."""
    looking = IntervalScheduler()
    looking.schedule(1)
    computed()
    looking.schedule(1)
    return looking


def computed() -> None:
    job = IntervalJob.objects.get()
    for evaluation in Evaluation.objects.filter(interval=None):
        Interval.objects.create(job=job, evaluation=evaluation, version=UNCERTAINTY_VERSION, metrics={}, bands={})
    IntervalJob.objects.update(inputs=job.wanted, lacking=0, stale_since=None, computed_at=timezone.now())


def settled() -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    IntervalJob.objects.update(wanted_since=long_ago, stale_since=long_ago)


def stale() -> bool:
    return IntervalJob.objects.stale().exists()


def test_a_look_at_boards_that_have_not_changed_is_one_query(idle, sent, django_assert_num_queries):
    with django_assert_num_queries(1):
        idle.schedule(1)
    assert sent == []


def test_a_score_is_seen_and_a_task_sent_until_it_is_computed(idle, sent, compete, alices):
    compete(alices, 0.95)
    idle.schedule(1)
    assert (stale(), sent) == (True, [])  # it may change again at once
    settled()
    for _ in range(2):
        idle.schedule(1)
    assert sent == [1, 1]
    idle.schedule(0)
    assert sent == [1, 1], "a busy worker finds it by itself"
    computed()
    idle.schedule(1)
    assert sent == [1, 1]


def test_a_review_is_seen(idle, contest, organiser):
    services.review(submission=contest[0], verdict="hidden", reason="because", by=organiser)
    idle.schedule(1)
    assert stale()


@pytest.mark.parametrize(
    ("field", "off", "on"), [("results", "by_organiser", "at_once"), ("shows_intervals", 0, 1)]
)
def test_what_is_switched_off_and_on_is_seen_without_any_record(idle, compete, alices, phase, field, off, on):
    Phase.objects.filter(pk=phase.pk).update(**{field: off})
    compete(alices, 0.95)
    idle.schedule(1)
    assert not stale()
    Phase.objects.filter(pk=phase.pk).update(**{field: on})
    idle.schedule(1)
    assert stale()


def wanted_now() -> str:
    return IntervalJob.objects.get().wanted


def test_results_that_are_shown_when_the_phase_closes_are_seen_then(contest, sent, phase):
    now = timezone.now()
    Phase.objects.filter(pk=phase.pk).update(results=Phase.Results.AFTER_CLOSE, closes_at=now + timedelta(hours=1))
    looking = IntervalScheduler()
    looking.schedule(1)
    assert not stale()
    Phase.objects.filter(pk=phase.pk).update(closes_at=now - timedelta(seconds=1))
    looking.schedule(1)
    assert stale()


def test_what_another_worker_noted_late_is_put_right(idle):
    right = wanted_now()
    IntervalJob.objects.update(wanted="of a board that is no more")
    idle.schedule(1)
    assert wanted_now() == right
