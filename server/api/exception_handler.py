"""Exception handler of the API: every error is RFC 9457 problem+json that says how to fix it."""

from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.urls import is_valid_path
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions

from server.error_views import too_many_uploads
from server.problem_json import problem
from server.submissions.exceptions import MethodRefused, SubmissionRefused
from server.uploads import TooManyUploads

NOT_FOUND = "Nothing was found here, or you do not have access to it. Check the id; /api/docs/ lists all URLs."
NOT_AUTHENTICATED = "Send a token: “Authorization: Bearer lid_…”. You can create one on your account page."
JSON_ONLY = "The API only returns JSON. Send “Accept: application/json”, or no Accept header."
FIX_THE_FIELDS = "Fix the fields named in “errors” and send the request again. Nothing was saved."


class Conflict(exceptions.APIException):
    """A request that conflicts with the current state."""

    status_code = 409

    def __init__(self, title: str, detail: str) -> None:
        super().__init__(detail)
        self.title = title


class TooLarge(exceptions.APIException):
    status_code = 413


def problem_json(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Return the response to an exception raised by a view; None if it is a server error."""
    if isinstance(exc, MethodRefused):
        return problem(400, str(exc), title=exc.title, code=exc.code, errors={exc.field: [str(exc)]})
    if isinstance(exc, SubmissionRefused):
        return problem(409, str(exc), title=exc.title, code=exc.code)
    if isinstance(exc, TooManyUploads):
        return too_many_uploads(context["request"], exc)
    refusal = _as_refusal(exc)
    if refusal is None:
        return None
    members: dict[str, Any] = {}
    if isinstance(refusal, exceptions.ValidationError):
        members["errors"] = _by_field(refusal.detail)
    title = getattr(refusal, "title", "")
    answer = problem(refusal.status_code, _detail(refusal, context), title=title, **members)
    if scheme := getattr(refusal, "auth_header", None):
        answer["WWW-Authenticate"] = scheme
    if seconds := getattr(refusal, "wait", None):
        answer["Retry-After"] = str(seconds)
    return answer


def _as_refusal(exc: Exception) -> exceptions.APIException | None:
    """Return the matching APIException, which has a status; None if it is a server error."""
    if isinstance(exc, exceptions.APIException):
        return exc
    if isinstance(exc, Http404):
        return exceptions.NotFound(NOT_FOUND)
    if isinstance(exc, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(exc, RequestDataTooBig):
        return TooLarge("A text field is too long. Only the archive may be large; shorten the other fields.")
    if isinstance(exc, SuspiciousOperation | UnreadablePostError):
        return exceptions.ParseError(
            "The body could not be read as a form. Nothing was saved; send the request again."
        )
    return None


def _detail(refusal: exceptions.APIException, context: dict[str, Any]) -> str:
    """Return what is wrong and how to fix it."""
    if isinstance(refusal, exceptions.ValidationError):
        return FIX_THE_FIELDS
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


def _by_field(detail: Any) -> dict[str, list[str]]:
    """Return the errors by field; those of no field are under `non_field_errors`."""
    fields = detail if isinstance(detail, dict) else {"non_field_errors": detail}
    return {field: [str(error) for error in errors] for field, errors in fields.items()}


@csrf_exempt
def not_found(request: HttpRequest) -> HttpResponse:
    """Return a 404 for every URL under /api/ that does not exist."""
    if not request.path.endswith("/") and is_valid_path(f"{request.path_info}/"):
        return problem(404, f"URLs of the API end with a slash: {request.path}/")
    return problem(404, NOT_FOUND)
