"""Refusals as programs read them: RFC 9457 problem+json, the same from pages and API."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse


def problem(status: int, detail: str, *, title: str = "", **members: Any) -> JsonResponse:
    """A problem+json answer: what is wrong (`title`), and why and how to mend it (`detail`)."""
    body = {
        "type": "about:blank",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return JsonResponse(body | members, status=status, content_type="application/problem+json")


def wants_json(request: HttpRequest) -> bool:
    """Whether a program is asking: the API, or a page's own script."""
    return (
        request.path.startswith("/api/")
        or request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    )
