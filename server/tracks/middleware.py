"""Middleware that answers requests about a track whose scorer the evaluator does not know."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from server.error_views import error_response
from server.tracks.scorers import UnknownScorer

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
