"""The page of a phase's leaderboard, now or as of a past time; anyone may read it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from leaderboard.cache.cache import CachedResponse, board_cache
from leaderboard.cache.version import version_of
from leaderboard.ranking.as_of import correction_of, requested_at, rule_for
from leaderboard.table.page import rendered_board
from leaderboard.table.query import QUERY_PARAMETERS, parse_query
from server.accounts.requests import reader_of
from server.teams.eligibility import team_of
from server.time_format import InvalidTime, at_query
from server.tracks.models import Phase
from server.tracks.visibility import visible_phases


@require_safe
def board(request: HttpRequest, track: str, phase: str) -> HttpResponse:
    """The leaderboard page.

    For visitors the whole page is cached; for others the rows are, and their own is marked.
    """
    found = get_object_or_404(visible_phases(request), track__slug=track, slug=phase)
    try:
        at = requested_at(request.GET)
    except InvalidTime as error:
        return _page(request, found, error=str(error), status=400)
    personal = settings.SESSION_COOKIE_NAME in request.COOKIES or not QUERY_PARAMETERS.isdisjoint(request.GET)
    if at or personal:
        return _page(request, found, at)
    cached = board_cache.get(("page", found.pk), version_of(found), lambda: _cached(_page(request, found)))
    return cached.respond(request)


def _cached(page: HttpResponse) -> CachedResponse:
    return CachedResponse.of(page.content, page["Content-Type"])


def _page(
    request: HttpRequest, phase: Phase, at: datetime | None = None, error: str = "", status: int = 200
) -> HttpResponse:
    reader = reader_of(request)
    team = team_of(reader) if reader else None
    rendered = rendered_board(phase, at)
    query = parse_query(request.GET, rendered.columns, at)
    phases = list(phase.track.phases.all())
    context = {
        "phase": phase,
        "track": phase.track,
        "phases": phases,
        "counterparts": counterparts(phase, phases),
        "board": rendered,
        "number": rendered.number_of(team),
        "table": rendered.rows and rendered.render_table(query, team),
        "results_hidden": not phase.shows_results(timezone.now()),
        "rule": rule_for(phase, at),
        "correction": (correction := correction_of(phase, at)),
        "before_correction": at_query(correction.since - timedelta(seconds=1)) if correction else "",
        "at": at,
        "error": error,
    }
    return render(request, "leaderboard/table/page.html", context, status=status)


def counterparts(phase: Phase, phases: Iterable[Phase]) -> list[Phase]:
    """The phases on the same split that stay open where this one closes, or the reverse."""
    others = (other for other in phases if other.split == phase.split and other.status != "upcoming")
    return [other for other in others if (other.closes_at is None) != (phase.closes_at is None)]
