"""The moves of an evaluation: the table, the fence, the fair order, and what each does to the slot."""

from datetime import timedelta
from itertools import product

import pytest
from django.utils import timezone

from server import leases
from server.submissions import transitions
from server.submissions.models import Evaluation, State
from server.submissions.slots import AllSlotsUsed
from server.tracks.scorers import UnknownScorer
from tests.lost_leases import expire_lease

pytestmark = [pytest.mark.django_db, pytest.mark.both_setups]
A_SECOND = timedelta(seconds=1)
SCORES = {"mean_iou": 0.5, "mean_accuracy": 0.6, "pixel_accuracy": 0.7}
# The table of the design, typed by hand.
ALLOWED = {
    ("queued", "running"),
    ("running", "running"),
    ("running", "queued"),
    ("running", "scored"),
    ("running", "rejected"),
    ("running", "failed"),
    ("queued", "cancelled"),
    ("failed", "queued"),
}


@pytest.fixture
def queued(submitted, alice) -> Evaluation:
    return submitted(alice).evaluations.get()


@pytest.fixture
def running(queued) -> Evaluation:
    return transitions.claim("one")


def put(evaluation: Evaluation, state: str) -> Evaluation:
    """The evaluation as if it had come to this state."""
    scores = SCORES if state == "scored" else None
    Evaluation.objects.filter(pk=evaluation.pk).update(state=state, scores=scores)
    return fresh(evaluation)


def fresh(evaluation: Evaluation) -> Evaluation:
    return Evaluation.objects.get(pk=evaluation.pk)


def holds_slot(evaluation: Evaluation) -> bool:
    return evaluation.submission.slots.filter(returned_at=None).exists()


def last_event(evaluation: Evaluation) -> tuple[str, str, str]:
    event = evaluation.events.last()
    return event.before, event.after, event.cause


def test_the_transitions_are_those_of_the_design():
    assert {(str(before), str(after)) for before, after in transitions.TRANSITIONS} == ALLOWED


@pytest.mark.parametrize(("before", "after"), sorted(product(State.values, State.values)))
def test_a_transition_writes_its_event_or_is_not_allowed(queued, before, after):
    evaluation = put(queued, before)
    fields = {"scores": SCORES if after == "scored" else None}
    if (before, after) in ALLOWED:
        assert transitions._move(evaluation, State(after), cause="a test", **fields)
        assert fresh(evaluation).state == after
        assert last_event(evaluation) == (before, after, "a test")
    else:
        with pytest.raises(transitions.TransitionNotAllowed):
            transitions._move(evaluation, State(after), cause="a test", **fields)
        assert evaluation.events.count() == 1


def test_a_claim_takes_a_lease_and_raises_the_fence(queued, settings):
    claimed = transitions.claim("one")
    assert (claimed.pk, claimed.state, claimed.fence, claimed.failures) == (queued.pk, "running", 1, 0)
    assert claimed.lease_owner == "one"
    assert abs(claimed.lease_until - timezone.now() - settings.LEASE) < 5 * A_SECOND
    assert last_event(claimed) == ("queued", "running", "a worker took it")


def test_what_is_claimed_cannot_be_claimed_again(running):
    assert transitions.claim("two") is None


def test_two_that_read_the_same_row_cannot_both_claim_it(queued):
    first, second = fresh(queued), fresh(queued)
    assert transitions._claim(first, "one")
    assert transitions._claim(second, "two") is None
    assert fresh(queued).lease_owner == "one"


def test_an_expired_lease_is_claimed_with_the_next_fence_and_one_failure(running):
    expire_lease(running)
    again = transitions.claim("two")
    assert (again.fence, again.failures, again.lease_owner) == (2, 1, "two")
    assert last_event(again) == ("running", "running", "the lease of one ran out")


def test_a_stale_fence_writes_nothing(running):
    expire_lease(running)
    transitions.claim("two")
    before = Evaluation.objects.filter(pk=running.pk).values().get()
    assert not leases.renew(running, stage="scoring", done=1, total=2)
    assert not transitions.record_scored(running, dict(SCORES), [])
    assert not transitions.record_rejected(running, [], 1)
    assert not transitions.fail(running, "late")
    assert not transitions.requeue(running, "late")
    assert not transitions.retry_later(running, "late")
    assert Evaluation.objects.filter(pk=running.pk).values().get() == before
    assert holds_slot(running)
    assert running.events.count() == 3


def test_a_renewal_lengthens_the_lease_and_shows_the_progress(running, settings):
    Evaluation.objects.filter(pk=running.pk).update(lease_until=timezone.now() + A_SECOND)
    assert leases.renew(running, stage="scoring", done=6, total=12)
    renewed = fresh(running)
    assert (renewed.stage, renewed.done, renewed.total) == ("scoring", 6, 12)
    assert renewed.lease_until > timezone.now() + settings.LEASE - 5 * A_SECOND


def test_after_ten_seconds_a_minute_and_five_minutes_it_fails_for_good_and_returns_the_slot(queued):
    for failures, seconds in enumerate([10, 60, 300]):
        claimed = transitions.claim("one")
        assert claimed.failures == failures
        transitions.retry_later(claimed, f"crash {failures}")
        assert transitions.claim("one") is None
        assert abs(fresh(queued).not_before - timezone.now() - seconds * A_SECOND) < 5 * A_SECOND
        Evaluation.objects.update(not_before=timezone.now() - A_SECOND)
    transitions.retry_later(transitions.claim("one"), "crash 3")
    failed = fresh(queued)
    assert (failed.state, failed.failures, failed.last_error) == ("failed", 4, "crash 3")
    assert not holds_slot(failed)
    assert failed.submission.slots.get().reason == "a server error"


def test_a_return_to_the_queue_is_no_failure(running):
    assert transitions.requeue(running, "the worker stopped")
    waiting = fresh(running)
    assert (waiting.state, waiting.failures, waiting.lease_owner, waiting.lease_until) == ("queued", 0, "", None)
    assert holds_slot(waiting)
    assert transitions.claim("two").failures == 0


def test_a_return_to_the_queue_with_a_delay_waits_for_it(running):
    transitions.requeue(running, "the disk is full", delay=timedelta(minutes=1))
    assert transitions.claim("two") is None
    Evaluation.objects.filter(pk=running.pk).update(not_before=timezone.now() - A_SECOND)
    assert transitions.claim("two").pk == running.pk


def test_a_score_keeps_the_slot_and_sets_the_classes_apart(running):
    assert transitions.record_scored(running, SCORES | {"per_class": [0.5, None]}, ["a warning"])
    scored = fresh(running)
    numbers = {"mean_iou": 0.5, "mean_accuracy": 0.6, "pixel_accuracy": 0.7, "mean_iou_with_background": None}
    assert scored.scores == numbers
    assert (scored.per_class, scored.curve, scored.warnings) == ([0.5, None], None, ["a warning"])
    assert scored.finished_at is not None
    assert scored.lease_until is None
    assert holds_slot(scored)


def test_a_scorers_description_says_what_of_its_scores_is_the_curve():
    scores = {"peak_iou": 0.5, "peak_threshold": 7, "iou_curve": [0.1] * 256}
    numbers = {"peak_iou": 0.5, "peak_threshold": 7}
    expected = {"scores": numbers, "curve": [0.1] * 256, "per_class": None}
    assert transitions.split_scores("localization", scores) == expected
    with pytest.raises(UnknownScorer, match=r"“gone”\. It knows segmentation, scene-parsing, localization"):
        transitions.split_scores("gone", scores)


def test_a_rejection_returns_the_slot(running):
    problem = {"code": "missing_file", "file": "a.png", "found": "", "expected": "", "fix": ""}
    assert transitions.record_rejected(running, [problem], 7)
    rejected = fresh(running)
    assert (rejected.state, rejected.problems, rejected.problem_count) == ("rejected", [problem], 7)
    assert rejected.submission.slots.get().reason == "rejected: 7 problems in the archive"
    assert not holds_slot(rejected)


def test_a_rejection_by_a_later_rule_keeps_the_slot(running, truth):
    transitions.record_scored(running, dict(SCORES), [])
    truth.rule.pk, truth.rule.number, truth.rule.state = None, 2, "draft"
    truth.rule.save(force_insert=True)
    later = Evaluation.objects.create(submission=running.submission, rule=truth.rule)
    assert transitions.record_rejected(transitions.claim("one"), [], 1)
    assert fresh(later).state == "rejected"
    assert holds_slot(running)


def test_a_later_rule_does_not_take_a_slot_when_it_is_run_again(running, truth, organiser):
    transitions.record_scored(running, dict(SCORES), [])
    truth.rule.pk, truth.rule.number, truth.rule.state = None, 2, "draft"
    truth.rule.save(force_insert=True)
    later = Evaluation.objects.create(submission=running.submission, rule=truth.rule, state="failed")
    assert transitions.run_again(later, by=organiser)
    assert running.submission.slots.count() == 1


def test_cancelling_returns_the_slot(queued):
    assert transitions.cancel(queued)
    assert fresh(queued).state == "cancelled"
    assert queued.submission.slots.get().reason == "cancelled before scoring began"
    assert not holds_slot(queued)
    assert transitions.claim("one") is None


def test_an_evaluation_that_a_worker_has_claimed_cannot_be_cancelled(queued):
    transitions.claim("one")
    assert not transitions.cancel(queued)  # as the page read it: queued
    assert fresh(queued).state == "running"
    assert holds_slot(queued)


def test_running_again_takes_a_slot_again_and_forgets_the_failures(running, organiser):
    transitions.fail(running, "gone", failures=3)
    assert transitions.run_again(fresh(running), by=organiser)
    again = fresh(running)
    assert (again.state, again.failures, again.finished_at) == ("queued", 0, None)
    assert holds_slot(again)
    assert transitions.claim("two").pk == again.pk


def test_running_again_needs_a_free_slot(running, submitted, alice, organiser):
    transitions.fail(running, "gone", failures=3)
    for _ in range(5):
        submitted(alice)
    with pytest.raises(AllSlotsUsed):
        transitions.run_again(fresh(running), by=organiser)
    assert fresh(running).state == "failed"


def test_an_archive_that_was_submitted_again_is_not_run_again(running, submitted, alice, organiser):
    transitions.fail(running, "gone", failures=3)
    first = running.submission
    submitted(alice, content=first.archive_path.read_bytes())
    with pytest.raises(transitions.ArchiveResubmitted, match="again"):
        transitions.run_again(fresh(running), by=organiser)
    assert fresh(running).state == "failed"
    assert not holds_slot(running)


def test_every_teams_first_comes_before_any_teams_second(submitted, alice, charlie):
    by_alice = [submitted(alice).evaluations.get() for _ in range(3)]
    by_charlie = [submitted(charlie).evaluations.get() for _ in range(2)]
    claimed = [transitions.claim("one").pk for _ in range(5)]
    assert claimed[0] == by_alice[0].pk
    assert claimed[1] == by_charlie[0].pk, "Charlie's only waits behind Alice's first"
    assert set(claimed) == {evaluation.pk for evaluation in by_alice + by_charlie}


def test_a_failing_one_waits_behind_what_never_failed(running, submitted, charlie):
    newer = submitted(charlie).evaluations.get()
    expire_lease(running)
    assert [transitions.claim("two").pk for _ in range(2)] == [newer.pk, running.pk]


def test_the_queue_position_counts_from_one(submitted, alice, charlie):
    first, second = (submitted(alice).evaluations.get() for _ in range(2))
    rival = submitted(charlie).evaluations.get()
    assert [evaluation.queue_position() for evaluation in (first, rival, second)] == [1, 2, 3]
    assert put(first, "running").queue_position() is None
