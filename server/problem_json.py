"""Refusals as programs read them: RFC 9457 problem+json, the same from pages and API."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse

# What a refusal is called where its status says it all; docs/refusals.md has a section for each.
CODES = {
    400: "form_incomplete",
    401: "not_authenticated",
    403: "permission_denied",
    411: "length_required",
    413: "upload_too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
    500: "server_error",
    503: "unavailable",
    507: "disk_full",
}


def problem(status: int, detail: str, *, title: str = "", code: str = "", **members: Any) -> JsonResponse:
    """A problem+json answer: what is wrong (`title`), and why and how to fix it (`detail`)."""
    code = code or CODES.get(status, "")
    body = {
        "type": f"{settings.SITE_URL}/docs/refusals/#{code}" if code else "about:blank",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    } | ({"code": code} if code else {})
    return JsonResponse(body | members, status=status, content_type="application/problem+json")


def wants_json(request: HttpRequest) -> bool:
    """Whether a program is asking: the API, or a page's own script."""
    return (
        request.path.startswith("/api/")
        or request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    )
