"""Error responses as RFC 9457 problem+json, the same from pages and API."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse

# The code of an error that has none of its own, by status; docs/refusals.md has a section for each code.
CODES = {
    400: "bad_request",
    401: "not_authenticated",
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "request_timeout",
    411: "length_required",
    413: "upload_too_large",
    414: "address_too_long",
    415: "unsupported_media_type",
    429: "too_many_requests",
    431: "headers_too_large",
    500: "server_error",
    503: "unavailable",
    507: "disk_full",
}


def problem(status: int, detail: str, *, title: str = "", code: str = "", **members: Any) -> JsonResponse:
    """Return a problem+json response: what is wrong (`title`), why, and how to fix it (`detail`)."""
    code = code or CODES[status]
    body = {
        "type": f"{settings.SITE_URL}/docs/refusals/#{code}",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    return JsonResponse(body | members, status=status, content_type="application/problem+json")


def problem_message(status: int, detail: str) -> bytes:
    """Return the same as a whole HTTP message, for requests that Django does not get to see."""
    answer = problem(status, detail)
    headers = {**answer.headers, "Content-Length": len(answer.content), "Connection": "close"}
    head = [f"HTTP/1.1 {status} {answer.reason_phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*head, "", ""]).encode() + answer.content


def wants_json(request: HttpRequest) -> bool:
    """Whether the client wants JSON: a request to the API, or one from a page's script."""
    return (
        request.path.startswith("/api/")
        or request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    )
