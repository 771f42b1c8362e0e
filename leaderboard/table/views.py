"""Pages that anyone may read: a phase's leaderboard, now or as of any instant, and the results of 2020."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from leaderboard.cache.cache import Kept, shelf
from leaderboard.cache.version import version_of
from leaderboard.table import page as boards
from leaderboard.table.query import ASKED, asked
from server.moments import NoMoment
from server.teams.admission import team_of
from server.tracks.models import Phase


@require_safe
def board(request: HttpRequest, track: str, phase: str) -> HttpResponse:
    """The page of a visitor is kept whole; for whom we may know, the rows are kept and their own is marked."""
    chosen = get_object_or_404(Phase.objects.select_related("track"), track__slug=track, slug=phase)
    try:
        at = boards.asked_moment(request.GET)
    except NoMoment as reason:
        return _page(request, chosen, refusal=str(reason), status=400)
    asks = settings.SESSION_COOKIE_NAME in request.COOKIES or not ASKED.isdisjoint(request.GET)
    if at or asks:
        return _page(request, chosen, at)
    kept = shelf.get(("page", chosen.pk), version_of(chosen), lambda: _kept(_page(request, chosen)))
    return kept.answer(request)


def _kept(page: HttpResponse) -> Kept:
    return Kept.of(page.content, page["Content-Type"])


def _page(
    request: HttpRequest, phase: Phase, at: datetime | None = None, refusal: str = "", status: int = 200
) -> HttpResponse:
    team = team_of(request.user) if request.user.is_authenticated else None
    shown = boards.drawn(phase, at)
    reading = asked(request.GET, shown.columns, at)
    phases = list(phase.track.phases.all())
    context = {
        "phase": phase,
        "track": phase.track,
        "phases": phases,
        "beside": boards.beside(phase, phases),
        "shown": shown,
        "number": shown.number_of(team),
        "table": shown.lines and shown.table(reading, team),
        "veiled": not phase.shows_results(timezone.now()),
        "rule": boards.rule_of(phase, at),
        "at": at,
        "asked": request.GET.get("at", ""),
        "refusal": refusal,
        "known_since": boards.known_since(phase, at),
    }
    return render(request, "leaderboard/table/page.html", context, status=status)
