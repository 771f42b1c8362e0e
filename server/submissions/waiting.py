"""The sentence that tells a team why its queued evaluation waits for more than its turn."""

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
