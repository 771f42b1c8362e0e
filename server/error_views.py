"""Error views: server errors (a full disk, an unavailable database, an unexpected exception) and bad requests."""

import sys
from typing import Any

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
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
ONE_TOO_MANY = (
    "{}. Wait until one of them has ended, then send this one again. An upload from which nothing comes for "
    "{:g} seconds is ended. " + NOTHING_SAVED
)
UNEXPECTED = (
    "This is a server error, not your mistake, and it was logged for the operators. Everything received before is "
    "safe: a server error never costs a slot. If you were submitting, check first whether it arrived."
)


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
    """Return the response to a request whose body or headers cannot be read."""
    match exception:
        case UploadTooLarge():
            limit = filesizeformat(settings.MAX_UPLOAD_BYTES)
            return error_response(request, 413, "The file is too large", f"The limit is {limit}. {NOTHING_SAVED}")
        case TooManyUploads():
            return too_many_uploads(request, exception)
        case TooManyFilesSent():
            return error_response(
                request, 400, "More than one file", f"Send one archive and no other file. {NOTHING_SAVED}"
            )
        case MultiPartParserError():
            return error_response(request, 400, "The form cannot be read", f"{exception} {NOTHING_SAVED}")
        case _:
            return error_response(request, 400, "The request cannot be read", NOTHING_SAVED)


def too_many_uploads(request: HttpRequest, exception: TooManyUploads) -> HttpResponse:
    """Return the response to an upload that is one too many, for pages and API alike."""
    detail = ONE_TOO_MANY.format(exception, settings.CONNECTION_IDLE_SECONDS)
    answer = error_response(request, 429, "Too many uploads at once", detail, code="too_many_uploads")
    answer["Retry-After"] = str(RETRY_AFTER)
    return answer


def error_response(request: HttpRequest, status: int, title: str, detail: str, code: str = "") -> HttpResponse:
    """Return problem+json or a page, without using the database or session, which may be what is broken."""
    if wants_json(request):
        return problem(status, detail, title=title, code=code)
    context: dict[str, Any] = {"status": status, "title": title, "detail": detail}
    return HttpResponse(render_to_string("500.html", context), status=status)
