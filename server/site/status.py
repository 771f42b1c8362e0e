"""The public status page: how long scoring takes, and what waits now."""

from dataclasses import dataclass

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from server.alarms.services import in_words
from server.submissions.models import Evaluation, State
from server.submissions.scoring_times import LATELY, percentile, scoring_times
from server.submissions.waiting import age_of, oldest_waiting

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
    times, oldest = scoring_times(), oldest_waiting()
    return Status(
        scored=len(times),
        median=in_words(percentile(times, 50)) if times else "",
        nearly_all=in_words(percentile(times, 95)) if times else "",
        waiting=Evaluation.objects.filter(state=State.QUEUED, rescoring=False).count(),
        oldest=in_words(age_of(oldest)) if oldest else "",
    )
