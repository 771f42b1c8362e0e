"""What is decided from an upload's headers, before a byte of its body is read."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from server.error_views import NO_ROOM
from server.files import CHUNK, free_bytes
from server.problem_json import problem, wants_json

View = Callable[..., HttpResponseBase]
PATIENCE = 60  # seconds


def takes_archive(view: View) -> View:
    """Mark a view as one that large bodies may go to."""
    view.takes_archive = True  # type: ignore[attr-defined]
    return view


class UploadMiddleware:
    """Stamps each request with the moment its headers were here; refuses bodies that have no place.

    It stands ahead of the CSRF check, which would read the whole body to find its token.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.began_at = timezone.now()  # type: ignore[attr-defined]
        try:
            return self.get_response(request)
        finally:
            for handler in request.upload_handlers:  # a form that broke off leaves no `.part` behind
                handler.upload_interrupted()

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if request.method not in {"POST", "PUT", "PATCH"}:
            return None
        large = getattr(view, "takes_archive", False)
        if answer := _refused_for_its_length(request, large):
            return answer
        if large and not request.user.is_authenticated and not request.path.startswith("/api/"):
            if wants_json(request):
                return refusal(request, 403, "Log in first. Nothing was kept and no slot was spent.")
            return redirect_to_login(request.path)
        return None


def _refused_for_its_length(request: HttpRequest, large: bool) -> HttpResponse | None:
    unsaid = large and request.method == "POST" and not request.META.get("CONTENT_LENGTH")
    if unsaid or "Transfer-Encoding" in request.headers:
        return refusal(request, 411, "The upload does not say how long it is. Send a Content-Length header.")
    limit = settings.MAX_UPLOAD_BYTES + settings.MAX_FORM_BYTES if large else settings.MAX_FORM_BYTES
    if _length(request) > limit:
        return refusal(
            request,
            413,
            f"The body has {filesizeformat(_length(request))}, and at most "
            f"{filesizeformat(settings.MAX_UPLOAD_BYTES if large else limit)} are taken here. "
            "Nothing was kept and no slot was spent.",
        )
    if large and _length(request) > free_bytes(settings.ARCHIVES_DIR):
        return refusal(request, 507, NO_ROOM)
    return None


def refusal(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    """Refuse before the body is read; what still comes of it is heard out afterwards."""
    if wants_json(request):
        answer: HttpResponse = problem(status, detail)
    else:
        answer = render(request, "refused.html", {"status": status, "detail": detail}, status=status)
    answer._resource_closers.append(lambda: _hear_out(request))
    return answer


def _hear_out(request: HttpRequest) -> None:
    """Read on for a while: a connection closed on a client that still sends takes the answer with it."""
    ends = time.monotonic() + PATIENCE
    with suppress(OSError):
        while time.monotonic() < ends and request.read(CHUNK):
            pass


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
