"""Error views: server errors (a full disk, an unavailable database, an unexpected exception) and bad requests."""

import sys
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from redis.exceptions import RedisError

from server.files import says_full
from server.problem_json import problem, wants_json
from server.uploads import TooManyUploads, UploadTooLarge

# Restarted, unreachable, locked for too long, or its disk is full.
DATABASE_UNAVAILABLE = (OperationalError, InterfaceError)
RETRY_AFTER = 30  # seconds

NO_ROOM = (
    "The server’s disk is full. This is a server error, not your mistake. Nothing was saved and no slot was used. "
    "The time an upload begins decides the deadline, so try again as soon as there is room."
)
NOTHING_SAVED = "Nothing was saved and no slot was used."
SERVICE_UNAVAILABLE = (
    "A part of the server is unavailable for a short time. Everything received before is safe. "
    "If you were submitting, check on your team’s page whether it arrived before you try again."
)
UNEXPECTED = (
    "This is a server error, not your mistake, and it was logged for the operators. Everything received before is "
    "safe: a server error never costs a slot. If you were submitting, check first whether it arrived."
)


class BadRequest(NamedTuple):
    """The answer to a request that cannot be read, or not now."""

    status: int
    code: str
    title: str
    detail: str


# The first kind that an exception is; the last one takes them all.
BAD_REQUESTS = {
    UploadTooLarge: BadRequest(413, "upload_too_large", "The file is too large", "The limit is {limit}."),
    RequestDataTooBig: BadRequest(
        413,
        "field_too_long",
        "A text field is too long",
        "The text fields of a form may have {text_limit} together. Only the archive may be larger.",
    ),
    TooManyFilesSent: BadRequest(
        400, "more_than_one_file", "More than one file", "Send one archive and no other."
    ),
    TooManyFieldsSent: BadRequest(
        400, "too_many_fields", "Too many fields", "Send only the fields and query parameters that are documented."
    ),
    MultiPartParserError: BadRequest(
        400, "body_unreadable", "The form cannot be read", "{error}. Send it as a browser or “curl -F” does."
    ),
    UnreadablePostError: BadRequest(
        400,
        "body_unreadable",
        "The form cannot be read",
        "The connection ended before it was here. Send it again.",
    ),
    TooManyUploads: BadRequest(
        429,
        "too_many_uploads",
        "Too many uploads at once",
        "{error}. Wait until one of them has ended, then send this one again. An upload from which nothing comes "
        "for {idle:g} seconds is ended.",
    ),
    Exception: BadRequest(
        400, "bad_request", "The request cannot be read", "Its address, headers or body are malformed."
    ),
}


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the response to an unhandled exception: problem+json for programs, a page for people."""
    match sys.exc_info()[1]:
        case OSError() as error if says_full(error):
            return error_response(request, 507, "The server’s disk is full", NO_ROOM)
        case OperationalError() | InterfaceError() | RedisError():
            answer = error_response(request, 503, "The server is restarting", SERVICE_UNAVAILABLE)
            answer["Retry-After"] = str(RETRY_AFTER)
            return answer
        case _:
            return error_response(request, 500, "Server error", UNEXPECTED)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the response to a request whose body or headers cannot be read, or not now."""
    found = next(answer for kind, answer in BAD_REQUESTS.items() if isinstance(exception, kind))
    limit = getattr(exception, "limit", settings.MAX_UPLOAD_BYTES)
    limits = {"limit": limit, "text_limit": settings.MAX_FORM_BYTES}
    sizes = {name: filesizeformat(limit) for name, limit in limits.items()}
    detail = found.detail.format(error=exception, idle=settings.CONNECTION_IDLE_SECONDS, **sizes)
    answer = error_response(request, found.status, found.title, f"{detail} {NOTHING_SAVED}", found.code)
    if found.status == 429:
        answer["Retry-After"] = str(RETRY_AFTER)
    return answer


def error_response(request: HttpRequest, status: int, title: str, detail: str, code: str = "") -> HttpResponse:
    """Return problem+json or a page, without using the database or session, which may be what is broken."""
    if wants_json(request):
        return problem(status, detail, title=title, code=code)
    context: dict[str, Any] = {"status": status, "title": title, "detail": detail}
    return HttpResponse(render_to_string("500.html", context), status=status)
