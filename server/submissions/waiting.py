"""Since when evaluations wait, and why one waits longer than for its turn, in words for its team."""

from datetime import datetime, timedelta

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from server.submissions.models import Evaluation, EvaluationEvent, State, WorkerHost
from server.time_format import format_utc

PAUSED = (
    "Waiting: scoring is paused because of a server error. It goes on by itself, and you need not do anything. "
    "The organisers were notified."
)
OUTDATED = (
    "Waiting: the server's software was updated, and the organisers have to publish the scoring rule again before "
    "this can be scored. They were notified. No slot is lost, and you need not do anything."
)
NEXT_TRY = "Waiting: the server failed to score it, and tries again by itself on {at}. You need not do anything."


def why_it_waits(evaluation: Evaluation) -> str:
    """Return the sentence for page and API; empty where it waits for its turn only, or is not queued."""
    if evaluation.state != State.QUEUED:
        return ""
    if evaluation.rule.outdated:
        return OUTDATED
    if evaluation.rule.ground_truth.problem or WorkerHost.objects.scoring_is_paused():
        return PAUSED
    if evaluation.failures and evaluation.not_before > timezone.now():
        return NEXT_TRY.format(at=format_utc(evaluation.not_before))
    return ""


SCORING, EACH_AHEAD, LONGEST = 1, 2, 60  # seconds


def seconds_to_wait(evaluation: Evaluation, position: int | None) -> int:
    """Return in how many seconds it is worth asking again how a submission is; 0 once that stays as it is.

    `position`: its place in the queue, from 1.
    """
    if evaluation.state == State.RUNNING:
        return SCORING
    if evaluation.state != State.QUEUED:
        return 0
    return LONGEST if why_it_waits(evaluation) else min(LONGEST, SCORING + EACH_AHEAD * ((position or 1) - 1))


def oldest_waiting() -> Evaluation | None:
    """The evaluation that waits longest, with `since`: when it was queued, or an organiser ran it again."""
    again = EvaluationEvent.objects.filter(evaluation=OuterRef("pk"), before=State.FAILED, after=State.QUEUED)
    since = Coalesce(Subquery(again.order_by("-at").values("at")[:1]), F("queued_at"))
    return Evaluation.objects.filter(state=State.QUEUED).annotate(since=since).order_by("since").first()


def age_of(waiting: Evaluation) -> timedelta:
    """How long it has waited, where `oldest_waiting` has returned it."""
    since: datetime = waiting.since  # type: ignore[attr-defined]  # annotated
    return timezone.now() - since
