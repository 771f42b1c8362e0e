"""What pages of other origins may read: public data, as a visitor sees it, and nothing else."""

from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from rest_framework.permissions import AllowAny

ANY_ORIGIN = "*"
ORIGIN_HEADER = "Access-Control-Allow-Origin"
EXPOSED = "Content-Disposition, ETag, Retry-After"  # beside those that a script may read anyway
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "If-None-Match",  # and no Authorization: what is public needs none
    "Access-Control-Max-Age": "86400",
}
READING = {"GET", "HEAD", "OPTIONS"}

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def for_any_origin(view: View) -> View:
    """Mark a view whose responses to visitors scripts of other origins may read."""
    view.for_any_origin = True  # type: ignore[attr-defined]  # as csrf_exempt marks its views
    return view


def CrossOriginMiddleware(get_response: Callable[[HttpRequest], HttpResponseBase]) -> object:  # noqa: N802
    """Middleware that lets scripts of other origins read what visitors may, not what cookies or tokens open."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        answer = get_response(request)
        if request.method in READING and _is_marked(request) and _is_visitor(request):
            answer[ORIGIN_HEADER], answer["Access-Control-Expose-Headers"] = ANY_ORIGIN, EXPOSED
            if request.method == "OPTIONS":
                for name, value in PREFLIGHT.items():
                    answer[name] = value
        return answer

    return middleware


def _is_marked(request: HttpRequest) -> bool:
    """Whether the view is marked, or is one of the API that asks for no permission."""
    view = request.resolver_match and request.resolver_match.func
    return AllowAny in getattr(getattr(view, "cls", None), "permission_classes", ()) or hasattr(
        view, "for_any_origin"
    )


def _is_visitor(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME not in request.COOKIES and "Authorization" not in request.headers
