"""Exception handler of the API: every error is RFC 9457 problem+json that says how to fix it."""

from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.urls import resolve
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions

from server.acts import ActRefused
from server.api.exceptions import ApiRefusal, BodyUnreadable
from server.error_views import bad_request
from server.problem_json import problem
from server.submissions.exceptions import FormRefused, SubmissionRefused

NOT_FOUND = "Nothing was found here, or you do not have access to it. Check the id; /api/docs/ lists all URLs."
NOT_AUTHENTICATED = "Send a token: “Authorization: Bearer lid_…”. You can create one on your account page."
JSON_ONLY = "The API only returns JSON. Send “Accept: application/json”, or no Accept header."


def problem_json(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Return the response to an exception raised by a view; None if it is a server error."""
    if isinstance(exc, FormRefused):
        return problem(400, str(exc), title=exc.title, code=exc.code, errors=exc.errors)
    if isinstance(exc, ActRefused):
        members = {"errors": {exc.field: [str(exc)]}} if exc.field else {}
        return problem(409, str(exc), title=exc.title, code=exc.code, **members)
    if isinstance(exc, SubmissionRefused):
        return problem(exc.status, str(exc), title=exc.title, code=exc.code)
    if isinstance(exc, SuspiciousOperation | UnreadablePostError):
        return bad_request(context["request"], exc)
    refusal = _as_refusal(exc)
    if refusal is None:
        return None
    answer = _answer(refusal, _detail(refusal, context))
    if scheme := getattr(refusal, "auth_header", None):
        answer["WWW-Authenticate"] = scheme
    if seconds := getattr(refusal, "wait", None):
        answer["Retry-After"] = str(seconds)
    return answer


def _answer(refusal: exceptions.APIException, detail: str) -> HttpResponse:
    if not isinstance(refusal, ApiRefusal):
        return problem(refusal.status_code, detail)
    members = {} if refusal.errors is None else {"errors": refusal.errors}
    return problem(refusal.status_code, detail, title=refusal.title, code=refusal.code, **members)


def _as_refusal(exc: Exception) -> exceptions.APIException | None:
    """Return the matching APIException, which has a status; None if it is a server error."""
    if isinstance(exc, exceptions.ParseError):
        return BodyUnreadable(f"{exc.detail}. Nothing was saved.")
    if isinstance(exc, exceptions.APIException):
        return exc
    if isinstance(exc, Http404):
        return exceptions.NotFound(NOT_FOUND)
    if isinstance(exc, PermissionDenied):
        return exceptions.PermissionDenied()
    return None


def _detail(refusal: exceptions.APIException, context: dict[str, Any]) -> str:
    """Return what is wrong and how to fix it."""
    if isinstance(refusal, exceptions.NotAuthenticated):
        return NOT_AUTHENTICATED
    if isinstance(refusal, exceptions.NotAcceptable):
        return JSON_ONLY
    if isinstance(refusal, exceptions.MethodNotAllowed):
        allowed = [method for method in context["view"].allowed_methods if method != "OPTIONS"]
        return f"{refusal.detail} This URL accepts {', '.join(allowed)}."
    if isinstance(refusal, exceptions.UnsupportedMediaType):
        parsers = context["view"].parser_classes
        return f"{refusal.detail} Send {' or '.join(parser.media_type for parser in parsers)}."
    return str(refusal.detail)


@csrf_exempt
def not_found(request: HttpRequest) -> HttpResponse:
    """Return a 404 for every URL under /api/ that does not exist."""
    path = f"{request.path_info}/"
    if not request.path.endswith("/") and resolve(path).func != not_found:
        return problem(404, f"URLs of the API end with a slash: {request.path}/")
    return problem(404, NOT_FOUND)
