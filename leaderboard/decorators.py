"""What the views of a phase's pages have in common."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from leaderboard.ranking.as_of import requested_at
from server.time_format import InvalidTime
from server.tracks.visibility import visible_phases

PhaseView = Callable[..., HttpResponse]


def phase_page(view: PhaseView) -> PhaseView:
    """Calls `view(request, phase, at)` for a GET with slugs of track and phase; a malformed `at` is a 400."""

    @require_safe
    @wraps(view)
    def wrapped(request: HttpRequest, track: str, phase: str, **arguments: str) -> HttpResponse:
        found = get_object_or_404(visible_phases(request), track__slug=track, slug=phase)
        try:
            at: datetime | None = requested_at(request.GET)
        except InvalidTime as error:
            return render(request, "refused.html", {"status": 400, "detail": str(error)}, status=400)
        return view(request, found, at, **arguments)

    return wrapped
