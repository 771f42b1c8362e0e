"""What is decided from an upload's headers, before a byte of its body is read."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from server.faults import NO_ROOM
from server.files import free_bytes
from server.problems import problem, wants_json

View = Callable[..., HttpResponseBase]


def takes_archive(view: View) -> View:
    """Mark a view as one that large bodies may go to."""
    view.takes_archive = True  # type: ignore[attr-defined]
    return view


class UploadGate:
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
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
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
    """Refuse without reading the body. Whether the connection lives on is the web server's to say, not ours."""
    if wants_json(request):
        return problem(status, detail)
    return render(request, "refused.html", {"status": status, "detail": detail}, status=status)


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
