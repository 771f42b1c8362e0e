"""Requests that the API refuses, each with a code for programs that docs/refusals.md explains."""

from collections.abc import Mapping

from rest_framework.exceptions import APIException

from server.submissions.exceptions import SubmissionRefused

FIX_ALL = "Fix what is named in “errors” and send the request again. Nothing was saved."


class ApiRefusal(APIException):
    """A refused request. `errors` says by field, parameter or header what is wrong and how to write it."""

    status_code = 400
    code = ""
    title = ""

    def __init__(self, detail: str = FIX_ALL, errors: Mapping[str, list[str]] | None = None) -> None:
        super().__init__(detail)
        self.errors = errors


class BodyUnreadable(ApiRefusal):
    code = "body_unreadable"
    title = "The body cannot be read"


class NotAnObject(ApiRefusal):
    code = "not_an_object"
    title = "The body is not a JSON object"

    def __init__(self) -> None:
        super().__init__("Send a JSON object, such as {}, or no body. Nothing was saved.")


class UnknownField(ApiRefusal):
    code = "unknown_field"
    title = "There is no such field"


class RepeatedField(ApiRefusal):
    code = "repeated_field"
    title = "A field was sent twice"


class UnknownParameter(ApiRefusal):
    code = "unknown_parameter"
    title = "There is no such query parameter"


class RepeatedParameter(ApiRefusal):
    code = "repeated_parameter"
    title = "A query parameter was sent twice"


class InvalidParameter(ApiRefusal):
    code = "invalid_parameter"
    title = "A query parameter has no such value"


class InvalidIdempotencyKey(ApiRefusal):
    code = "invalid_idempotency_key"
    title = "The Idempotency-Key cannot be used"


class TooLateToCancel(ApiRefusal):
    status_code = 409
    code = "too_late_to_cancel"
    title = "Too late to cancel"


class Missing(ApiRefusal):
    """What the address names is not there yet, for a reason that has a code of its own."""

    status_code = 404

    def __init__(self, reason: SubmissionRefused) -> None:
        super().__init__(str(reason))
        self.code, self.title = reason.code, reason.title


class InvalidHeader(ApiRefusal):
    code = "invalid_header"
    title = "A header has no such value"

    def __init__(self, header: str, wrong: str) -> None:
        super().__init__(errors={header: [wrong]})


class UnsupportedTusVersion(ApiRefusal):
    status_code = 412
    code = "unsupported_tus_version"
    title = "This version of tus is not spoken here"

    def __init__(self, version: str) -> None:
        super().__init__(f"Send “Tus-Resumable: {version}”. Nothing was saved.")


class DiskFull(ApiRefusal):
    status_code = 507
    code = "disk_full"
    title = "The server’s disk is full"
