"""The public status page: how long scoring takes, and what waits now."""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from server.alarms.services import in_words
from server.submissions.models import Evaluation, State
from server.submissions.waiting import age_of, oldest_waiting

LATELY = timedelta(days=7)
KEPT_SECONDS = 30  # anybody may ask


@dataclass(frozen=True)
class Status:
    """Times are from the end of an upload to its scores or its rejection."""

    scored: int  # within the last days; rejected ones too
    median: str
    nearly_all: str  # 95 of 100 took no longer
    waiting: int
    oldest: str


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    found = cache.get_or_set("status", status_now, KEPT_SECONDS)
    return render(request, "site/status.html", {"status": found, "days": LATELY.days})


def status_now() -> Status:
    times, oldest = _times(), oldest_waiting()
    return Status(
        scored=len(times),
        median=in_words(percentile(times, 50)) if times else "",
        nearly_all=in_words(percentile(times, 95)) if times else "",
        waiting=Evaluation.objects.filter(state=State.QUEUED, rescoring=False).count(),
        oldest=in_words(age_of(oldest)) if oldest else "",
    )


def _times() -> list[timedelta]:
    ended = Evaluation.objects.filter(state__in=[State.SCORED, State.REJECTED], rescoring=False)
    lately = ended.filter(finished_at__gt=timezone.now() - LATELY).order_by()
    moments = lately.values_list("submission__received_at", "finished_at")
    return sorted(finished - received for received, finished in moments if finished)


def percentile(ordered: list[timedelta], percent: int) -> timedelta:
    """Return the least value that so many percent do not exceed."""
    return ordered[ceil(len(ordered) * percent / 100) - 1]
