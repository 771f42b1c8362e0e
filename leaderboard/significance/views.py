"""The significance map of a board: its page, and the same as an SVG file. Anyone may read both."""

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from leaderboard.decorators import phase_page
from leaderboard.exports.build import significance_table
from leaderboard.exports.formats import SIGNIFICANCE_FORMATS
from leaderboard.exports.views import file_response, find_format
from leaderboard.significance.page import significance_of
from server.cross_origin import for_any_origin
from server.time_format import at_query
from server.tracks.models import Phase


@phase_page
def significance(request: HttpRequest, phase: Phase, at: datetime | None) -> HttpResponse:
    context = {
        "phase": phase,
        "track": phase.track,
        "at": at,
        "at_query": at_query(at),
        "results_hidden": not phase.shows_results(timezone.now()),
        "significance": significance_of(phase, at),
        "formats": SIGNIFICANCE_FORMATS,
    }
    return render(request, "leaderboard/significance/page.html", context)


@for_any_origin
@phase_page
def export_significance(request: HttpRequest, phase: Phase, at: datetime | None, extension: str) -> HttpResponse:
    file_format = find_format(extension, SIGNIFICANCE_FORMATS)
    found = significance_of(phase, at)
    if found.map is None:
        raise Http404(found.reason)
    return file_response(request, significance_table(phase, at, found.map), file_format)
