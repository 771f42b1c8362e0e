"""How long submissions took from the end of their upload to their scores or their rejection."""

from datetime import timedelta
from math import ceil

from django.utils import timezone

from server.submissions.models import Evaluation, State

LATELY = timedelta(days=7)


def scoring_times() -> list[timedelta]:
    """Return those of the last days, in order."""
    ended = Evaluation.objects.filter(state__in=[State.SCORED, State.REJECTED], rescoring=False)
    lately = ended.filter(finished_at__gt=timezone.now() - LATELY).order_by()
    moments = lately.values_list("submission__received_at", "finished_at")
    return sorted(finished - received for received, finished in moments if finished)


def percentile(ordered: list[timedelta], percent: int) -> timedelta:
    """Return the least value that so many percent do not exceed."""
    return ordered[ceil(len(ordered) * percent / 100) - 1]
