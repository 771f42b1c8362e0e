"""Answers about tracks whose scorer the evaluator does not know, and at addresses with a former slug."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import ResolverMatch, reverse

from server.error_views import error_response
from server.tracks.scorers import UnknownScorer
from server.tracks.slugs import present_slugs
from server.tracks.visibility import visible_tracks

UNKNOWN_SCORER = "unknown_scorer"  # the code of the answer, for programs
WHAT_TO_DO = "Nothing is lost. An organiser chooses a scorer for the track, or an operator installs it."


class UnknownScorerMiddleware:
    """Turns UnknownScorer into a page, or problem+json for programs, that names the scorer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, UnknownScorer):
            return None
        title, detail = "This track cannot be shown", f"{exception} {WHAT_TO_DO}"
        return error_response(request, 503, title, detail, UNKNOWN_SCORER)


class PastSlugMiddleware:
    """Redirects addresses with a former slug of a track or phase to the present ones, for good."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        if response.status_code != HTTPStatus.NOT_FOUND or match is None or "track" not in match.kwargs:
            return response
        return _moved(request, match) or response


def _moved(request: HttpRequest, match: ResolverMatch) -> HttpResponse | None:
    slugs = present_slugs(match.kwargs, visible_tracks(request))
    if not slugs:
        return None
    address = reverse(match.view_name, kwargs=match.kwargs | slugs)
    query = request.META.get("QUERY_STRING", "")
    moved = HttpResponsePermanentRedirect(f"{address}?{query}" if query else address)
    if request.method not in {"GET", "HEAD"}:
        moved.status_code = HTTPStatus.PERMANENT_REDIRECT  # which keeps method and body
    return moved
