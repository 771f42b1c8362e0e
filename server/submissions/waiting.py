"""Why a queued evaluation waits longer than for its turn, in words for its team."""

from django.utils import timezone

from server.submissions.models import Evaluation, State, WorkerHost
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
    """The sentence for page and API; empty where it only waits for its turn, or no longer."""
    if evaluation.state != State.QUEUED:
        return ""
    if evaluation.rule.outdated:
        return OUTDATED
    if evaluation.rule.ground_truth.problem or WorkerHost.objects.scoring_is_paused():
        return PAUSED
    if evaluation.failures and evaluation.not_before > timezone.now():
        return NEXT_TRY.format(at=format_utc(evaluation.not_before))
    return ""
