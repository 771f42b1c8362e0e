"""The state machine of an evaluation: each transition is one conditional UPDATE that writes an event."""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from evaluator.contract import PER_CLASS
from server import leases
from server.accounts.models import User
from server.acts import ActRefused
from server.audit.services import record
from server.files import keep
from server.submissions import emails
from server.submissions.models import TRANSITIONS, Evaluation, EvaluationEvent, State, Submission
from server.submissions.slots import return_slot, take_slot
from server.teams.services import lock_team_row
from server.tracks.models import ScoringRule, rule_until_commit
from server.tracks.scorers import description_of

log = logging.getLogger(__name__)

LONGEST_WAIT = timedelta(minutes=10)


class TransitionNotAllowed(Exception):
    """A transition that is not in TRANSITIONS: a bug."""


class ArchiveResubmitted(ActRefused):
    """The team has submitted the same archive again; to score this one too would cost it a second slot."""

    def __init__(self, submission: Submission) -> None:
        super().__init__(f"{submission.team} has submitted the same archive again, so this one is not needed.")


def claim(owner: str) -> Evaluation | None:
    """Claim the next evaluation in fair order; None where nothing waits."""
    for waiting in Evaluation.objects.claimable().in_fair_order():
        if waiting.state == State.RUNNING and waiting.failures + 1 >= settings.FAILURES_ALLOWED:
            fail(
                waiting,
                waiting.last_error or "The worker was lost while scoring.",
                failures=waiting.failures + 1,
            )
        elif claimed := _claim(waiting, owner):
            return claimed
    return None


def _claim(waiting: Evaluation, owner: str) -> Evaluation | None:
    lost = waiting.state == State.RUNNING
    moved = _move(
        waiting,
        State.RUNNING,
        cause=f"the lease of {waiting.lease_owner} ran out" if lost else "a worker took it",
        failures=F("failures") + int(lost),
        started_at=Now(),
        stage="starting",
        done=0,
        **leases.new_lease(owner),
    )
    rows = Evaluation.objects.select_related("submission", "rule__ground_truth")
    return leases.read_claimed(rows, waiting) if moved else None


def retry_later(mine: Evaluation, last_error: str) -> bool:
    """Count a server error and return it to the queue, each time for longer; after the last one it is FAILED."""
    failures = mine.failures + 1
    if failures >= settings.FAILURES_ALLOWED:
        return fail(mine, last_error, failures=failures)
    pause = settings.RETRY_PAUSES[mine.failures]
    return requeue(mine, "a server error", pause, failures=failures, last_error=last_error)


def requeue(mine: Evaluation, cause: str, delay: timedelta = timedelta(0), **fields: Any) -> bool:
    """Return it to the queue, which by itself is not a failure."""
    return _move(mine, State.QUEUED, cause=cause, not_before=Now() + delay, **_NO_LEASE, **fields)


def requeue_until_disk_has_room(mine: Evaluation) -> bool:
    """Return it to the queue because the server's disk is full; each time it waits twice as long."""
    cause = "the server's disk is full"
    before = mine.events.filter(after=State.QUEUED, cause=cause).count()
    return requeue(mine, cause, min(settings.LEASE / 2 * 2 ** min(before, 10), LONGEST_WAIT))


def record_scored(
    mine: Evaluation, scores: dict[str, Any], warnings: list[str], statistics: Path | None = None
) -> bool:
    """Record the scores and keep the per-image counts; False, with nothing written, where the lease was lost."""
    result = split_scores(mine.rule.scorer, scores)
    with transaction.atomic():
        moved = _finish(mine, State.SCORED, "scored", warnings=warnings, **result)
        if moved and _is_first(mine):
            emails.email_scored(mine, result["scores"], warnings)
        if moved and statistics and statistics.exists():  # otherwise an earlier try of this write has kept it
            keep(statistics, mine.statistics_path)
    return moved


def split_scores(scorer: str, scores: dict[str, Any]) -> dict[str, Any]:
    """Split a scorer's scores into the columns of an evaluation: single numbers, curve and classes."""
    description = description_of(scorer)
    curve = description.curve and scores.get(description.curve.metric.key)
    return {"scores": description.numbers(scores), "curve": curve, "per_class": scores.get(PER_CLASS)}


def record_rejected(mine: Evaluation, problems: list[dict[str, str]], problem_count: int) -> bool:
    """Record the archive errors, and return the slot."""
    cause = f"{problem_count} problem{'s' if problem_count != 1 else ''} in the archive"
    with transaction.atomic():
        moved = _finish(mine, State.REJECTED, cause, problems=problems, problem_count=problem_count)
        if moved:
            _return_slot(mine, f"rejected: {cause}")
        if moved and _is_first(mine):
            emails.email_rejected(mine, problems, problem_count)
    return moved


def fail(mine: Evaluation, last_error: str, **fields: Any) -> bool:
    """Give up after server errors, and return the slot."""
    log.error("evaluation %s failed for good: %s", mine.pk, last_error)
    with transaction.atomic():
        moved = _finish(mine, State.FAILED, "a server error", last_error=last_error, **fields)
        if moved:
            _return_slot(mine, "a server error")
            if not mine.rescoring:  # organisers read those on the page of the re-score
                emails.alert_organisers(mine, last_error)
        if moved and _is_first(mine):
            emails.email_failed(mine)
    return moved


def cancel(waiting: Evaluation) -> bool:
    """Cancel a queued evaluation for its team; False where a worker has claimed it meanwhile."""
    with transaction.atomic():
        moved = _move(waiting, State.CANCELLED, cause="cancelled by the team", finished_at=Now())
        if moved:
            _return_slot(waiting, "cancelled before scoring began")
    return moved


def run_again(failed: Evaluation, *, by: User | str | None) -> bool:
    """Queue a failed evaluation once more, by the rule that its phase follows now.

    Raises AllSlotsUsed where the team has no slot for it, and ArchiveResubmitted where it needs none.
    """
    rule: dict[str, Any] = {}
    with transaction.atomic():
        lock_team_row(failed.submission.team)  # takes turns with a submission of the same bytes
        if not failed.rescoring:
            if _was_resubmitted(failed.submission):
                raise ArchiveResubmitted(failed.submission)
            rule = _rule_now(failed)
        cause = "run again by an organiser"
        again: dict[str, Any] = {"failures": 0, "not_before": Now(), "finished_at": None}
        moved = _move(failed, State.QUEUED, cause=cause, **again, **rule)
        if moved and _is_first(failed):
            take_slot(failed.submission)
        if moved:
            changes = {str(failed.rule): [State.FAILED.value, State.QUEUED.value]}
            record(by=by, what="ran an evaluation again", subject=failed.submission, changes=changes)
    return moved


_NO_PROGRESS = {"stage": "", "done": 0, "total": 0}
_NO_LEASE = {"lease_owner": "", "lease_until": None, **_NO_PROGRESS}


def _finish(mine: Evaluation, after: State, cause: str, **fields: Any) -> bool:
    return _move(mine, after, cause=cause, finished_at=Now(), lease_until=None, **_NO_PROGRESS, **fields)


def _move(evaluation: Evaluation, after: State, *, cause: str, **fields: Any) -> bool:
    """Make a transition if state and fence are still those that were read."""
    before = evaluation.state
    if (before, after) not in TRANSITIONS:
        raise TransitionNotAllowed(f"{before} -> {after}")
    with transaction.atomic():
        as_read = Evaluation.objects.filter(pk=evaluation.pk, state=before, fence=evaluation.fence)
        moved = as_read.update(state=after, **fields)
        if moved:
            EvaluationEvent.objects.create(
                evaluation_id=evaluation.pk, at=timezone.now(), before=before, after=after, cause=cause
            )
    return bool(moved)


def follow_rule(waiting: Evaluation, rule: ScoringRule) -> None:
    """Have an unfinished evaluation made by another rule; a worker that has begun it loses its lease.

    Its row and its phase's are locked: it is part of the change of the phase's rule.
    """
    fields: dict[str, Any] = {"rule": rule, "fence": F("fence") + 1, "failures": 0}
    if waiting.state == State.RUNNING:
        requeue(waiting, "the phase's scoring rule changed", **fields)
    else:
        Evaluation.objects.filter(pk=waiting.pk).update(**fields)


def _rule_now(failed: Evaluation) -> dict[str, Any]:
    """The rule that its phase follows by now, unless that has its own evaluation of the submission."""
    rule = rule_until_commit(failed.submission.phase)
    taken = failed.submission.evaluations.filter(rule=rule).exists()
    return {} if rule is None or taken else {"rule": rule}


def _was_resubmitted(submission: Submission) -> bool:
    same = Submission.objects.filter(team=submission.team_id, phase=submission.phase_id, sha256=submission.sha256)
    others = Evaluation.objects.filter(submission__in=same).exclude(submission=submission)
    return others.exclude(state__in=[State.FAILED, State.CANCELLED]).exists()


def _is_first(evaluation: Evaluation) -> bool:
    """Whether it is its submission's first: only this one decides about the slot and is reported to the team."""
    earlier = evaluation.submission.evaluations.filter(queued_at__lt=evaluation.queued_at)
    return not (evaluation.rescoring or earlier.exists())


def _return_slot(evaluation: Evaluation, reason: str) -> None:
    if _is_first(evaluation):
        return_slot(evaluation.submission, reason)
