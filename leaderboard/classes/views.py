"""The results of each class: the page, and the same as a file."""

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from evaluator.contract import CONFIDENCE_PERCENT
from leaderboard.classes.page import ClassPage, NoSuchRow, class_page, may_see_classes
from leaderboard.decorators import phase_page
from leaderboard.exports.build import class_table
from leaderboard.exports.formats import CLASS_FORMATS
from leaderboard.exports.views import file_response, find_format
from server.accounts.requests import reader_of
from server.cross_origin import for_any_origin
from server.tracks.models import Phase


@phase_page
def classes(request: HttpRequest, phase: Phase, at: datetime | None) -> HttpResponse:
    _require_classes(phase)
    reader = reader_of(request)
    try:
        page = class_page(phase, at, request.GET, reader)
    except NoSuchRow as error:
        return _render(request, class_page(phase, at, {}, reader), error=str(error), status=404)
    return _render(request, page)


def _render(request: HttpRequest, page: ClassPage, error: str = "", status: int = 200) -> HttpResponse:
    now = timezone.now()
    context = {
        "page": page,
        "phase": page.phase,
        "track": page.phase.track,
        "error": error,
        "chance": 100 - CONFIDENCE_PERCENT,
        "results_hidden": not page.phase.shows_results(now),
        "class_results_hidden": not page.phase.shows_details(now),
        "may_see": may_see_classes(page.phase, reader_of(request)),
    }
    return render(request, "leaderboard/classes/page.html", context, status=status)


@for_any_origin
@phase_page
def export_classes(request: HttpRequest, phase: Phase, at: datetime | None, extension: str) -> HttpResponse:
    """Download the class results. Organisers too get what everybody sees, since a file is passed on."""
    _require_classes(phase)
    file_format = find_format(extension, CLASS_FORMATS)
    try:
        page = class_page(phase, at, request.GET)
    except NoSuchRow as error:
        raise Http404(str(error)) from error
    if not page.teams:
        raise Http404("No results of each class are shown here.")
    return file_response(request, class_table(page), file_format)


def _require_classes(phase: Phase) -> None:
    if not phase.track.description.per_class:
        raise Http404("This track has no classes.")
