"""Middleware that checks an upload's headers before a byte of its body is read."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from server.error_views import NO_ROOM, NOTHING_SAVED
from server.files import free_bytes
from server.problem_json import problem, wants_json

View = Callable[..., HttpResponseBase]
AnyView = TypeVar("AnyView", bound=View)


class TimedRequest(HttpRequest):
    """A request that has passed UploadMiddleware; every request does."""

    began_at: datetime  # when its headers arrived


def takes_archive(view: AnyView) -> AnyView:
    """Mark a view as one that accepts large request bodies."""
    view.takes_archive = True  # type: ignore[attr-defined]  # as csrf_exempt marks its views
    return view


class UploadMiddleware:
    """Middleware that stores the time each request's headers arrived, and refuses bodies that are too large.

    It runs before the CSRF check, which would read the whole body to find its token.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: TimedRequest) -> HttpResponseBase:
        request.began_at = request.META.get("lid.arrived_at") or timezone.now()
        try:
            return self.get_response(request)
        finally:
            for handler in request.upload_handlers:  # an interrupted form leaves no `.part` file behind
                handler.upload_interrupted()

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if request.method not in {"POST", "PUT", "PATCH"}:
            return None
        large = getattr(view, "takes_archive", False)
        if answer := _check_length(request, large):
            return answer
        if large and not request.user.is_authenticated and not request.path.startswith("/api/"):
            if wants_json(request):
                return refusal(request, 403, f"Log in first. {NOTHING_SAVED}")
            return redirect_to_login(request.path)
        return None


def _check_length(request: HttpRequest, large: bool) -> HttpResponse | None:
    """Return a refusal where the body's length is unknown or more than is accepted."""
    in_chunks = "Transfer-Encoding" in request.headers
    if large and request.method == "PATCH" and in_chunks:
        return None  # the length was said when the upload began
    unknown = large and request.method == "POST" and not request.META.get("CONTENT_LENGTH")
    if unknown or in_chunks:
        return refusal(request, 411, "The length of the upload is unknown. Send a Content-Length header.")
    limit = settings.MAX_UPLOAD_BYTES + settings.MAX_FORM_BYTES if large else settings.MAX_FORM_BYTES
    if _length(request) > limit:
        return refusal(
            request,
            413,
            f"The upload has {filesizeformat(_length(request))}, and the limit is "
            f"{filesizeformat(settings.MAX_UPLOAD_BYTES if large else limit)}. {NOTHING_SAVED}",
        )
    if large and _length(request) > free_bytes(settings.ARCHIVES_DIR):
        return refusal(request, 507, NO_ROOM)
    return None


def refusal(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    """Return an error response before the body is read."""
    if wants_json(request):
        return problem(status, detail)
    return render(request, "refused.html", {"status": status, "detail": detail}, status=status)


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
