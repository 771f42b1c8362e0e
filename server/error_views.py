"""What is our fault, and how it is answered: a full disk, a database that is away, and what nobody foresaw."""

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
from server.uploads import UploadTooLarge

DATABASE_UNAVAILABLE = (
    OperationalError,
    InterfaceError,
)  # restarted, out of reach, locked for too long, its disk full
COME_BACK_AFTER = 30  # seconds

NO_ROOM = (
    "The server’s disk is full. That is our fault, not yours: nothing was kept and no slot was spent. "
    "The moment that decides a deadline is when an upload begins, so send it again as soon as there is room."
)
NOTHING_KEPT = "Nothing was kept and no slot was spent."
SERVICE_UNAVAILABLE = (
    "A part of the server is away for a moment. What was received before is safe. "
    "If you were submitting, look at your team’s page whether it arrived, then send it again."
)
UNFORESEEN = (
    "The server is at fault, not your request, and it is written down for the operators. What was received "
    "before is safe: a server error cannot cost a slot. If you were submitting, look first whether it arrived."
)


def server_error(request: HttpRequest) -> HttpResponse:
    """The answer to an exception that no view foresaw: a problem to programs, a page to people."""
    match sys.exc_info()[1]:
        case OSError() as error if says_full(error):
            return fault(request, 507, "The server has no room left", NO_ROOM)
        case OperationalError() | InterfaceError() | RedisError():
            answer = fault(request, 503, "The server is restarting", SERVICE_UNAVAILABLE)
            answer["Retry-After"] = str(COME_BACK_AFTER)
            return answer
        case _:
            return fault(request, 500, "Something broke on our side", UNFORESEEN)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The answer to a body or header that cannot be what a form or program meant to send."""
    match exception:
        case UploadTooLarge():
            limit = filesizeformat(settings.MAX_UPLOAD_BYTES)
            return fault(request, 413, "That is too large", f"At most {limit} are taken here. {NOTHING_KEPT}")
        case TooManyFilesSent():
            return fault(request, 400, "One file at a time", f"Send the archive alone. {NOTHING_KEPT}")
        case MultiPartParserError():
            return fault(request, 400, "The form cannot be read", f"{exception} {NOTHING_KEPT}")
        case _:
            return fault(request, 400, "The request cannot be read", NOTHING_KEPT)


def fault(request: HttpRequest, status: int, title: str, detail: str) -> HttpResponse:
    """Asks neither database nor session, which may be what is broken."""
    if wants_json(request):
        return problem(status, detail, title=title)
    facts: dict[str, Any] = {"status": status, "title": title, "detail": detail}
    return HttpResponse(render_to_string("500.html", facts), status=status)
