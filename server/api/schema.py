"""The OpenAPI schema: tokens, requests by their forms, error responses, and what is in every response."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework.fields import Field, empty
from rest_framework.permissions import AllowAny

from server.accounts.models import ApiToken
from server.api.form_schema import request_of
from server.api.serializers import ProblemSerializer
from server.cross_origin import ANY_ORIGIN, ORIGIN_HEADER

PROBLEM = "application/problem+json"
# What any request may be answered, here or by the proxy; one with a body; one that names something in its address.
ALWAYS = {400, 401, 403, 406, 408, 414, 429, 431, 500, 502, 503, 504}
WITH_BODY = {411, 413, 415}
WITH_KEY = {404}
TEXT, NUMBER = {"type": "string"}, {"type": "integer", "minimum": 0}
FROM_ANYWHERE = {ORIGIN_HEADER: {"schema": TEXT | {"enum": [ANY_ORIGIN]}, "description": "Of what is public."}}
HEADERS_OF_ERRORS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"schema": TEXT, "required": True}},
    429: {"Retry-After": {"schema": NUMBER, "required": True, "description": "In seconds."}},
    **{status: {"Retry-After": {"schema": NUMBER, "description": "In seconds."}} for status in (502, 503, 504)},
}
ACT_FIELDS = {
    "dry_run": {"type": "boolean", "default": False, "description": "Only say what would follow."},
    "preview": {**TEXT, "nullable": True, "description": "Of a dry run: act only if the same would still follow."},
}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular's hook
    target_class = "server.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": f"{ApiToken.PREFIX}…"}


class SessionOfPageScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # as above
    target_class = "server.api.authentication.PageSession"
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class Schema(AutoSchema):
    """Describes a view."""

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Name the token only where it is needed: an optional one would be drawn as a closed padlock."""
        return [] if self._is_public() else super().get_auth()

    def get_request_serializer(self) -> Any:
        """Describe what the view's form takes."""
        form_class = getattr(self.view, "form_class", None)
        if form_class is None:
            return super().get_request_serializer()
        further = ACT_FIELDS if hasattr(self.view, "preview_of") else {}
        return {"application/json": request_of(form_class, further)}

    def _get_request_body(self, direction: Any = "request") -> Any:
        """Require a body of which a field is required."""
        body = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        if body and all("required" in media["schema"] for media in body["content"].values()):
            body["required"] = True
        return body

    def _is_public(self) -> bool:
        return AllowAny in self.view.permission_classes

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        """Require in responses what is always there, default or not."""
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if direction == "response":
            declared = getattr(serializer, "_declared_fields", {})
            sometimes = {name for name, field in declared.items() if _may_be_missing(field)}
            schema.pop("required", None)
            if always := sorted(schema["properties"].keys() - sometimes):
                schema["required"] = always
        return schema

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        """Add the errors that any such request may be answered with, and refer to what all have in common."""
        bodies = super()._get_response_bodies(direction)
        self.resolve_serializer(ProblemSerializer, "response")
        statuses = ALWAYS | {int(status) for status in bodies if int(status) >= 400}
        statuses |= WITH_BODY if self.method in {"POST", "PUT", "PATCH"} else set()
        statuses |= WITH_KEY if "{" in self.path else set()
        answers = {status: body for status, body in bodies.items() if int(status) < 400}
        return answers | {str(status): self._error(status) for status in sorted(statuses)}

    def _error(self, status: int) -> dict[str, Any]:
        own: dict[str, Any] = super()._get_response_headers_for_code(str(status))
        if not own:
            return {"$ref": f"#/components/responses/{_name(status)}"}
        common = _response(status)
        return common | {"headers": own | common["headers"]}

    def _get_response_headers_for_code(self, status_code: str, direction: Any = "response") -> dict[str, Any]:
        own: dict[str, Any] = super()._get_response_headers_for_code(status_code, direction)
        return own | (FROM_ANYWHERE if self._is_public() and self.method == "GET" else {})


def _may_be_missing(field: "Field[Any, Any, Any, Any]") -> bool:
    return not field.required and not field.read_only and field.default is empty


def refusals(*statuses: int) -> dict[tuple[int, str], type[ProblemSerializer]]:
    """Return the error responses with these statuses, beside those that any such request may have."""
    return {(status, PROBLEM): ProblemSerializer for status in sorted(statuses)}


def header(
    name: str, description: str, *statuses: int, kind: Any = str, required: bool = False
) -> OpenApiParameter:
    """Describe a header of the responses with these statuses, or of all."""
    where: Any = list(statuses) or True
    return OpenApiParameter(
        name, kind, OpenApiParameter.HEADER, required=required, description=description, response=where
    )


def with_errors(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add to the schema the error responses to which its operations refer."""
    operations = (operation for path in result["paths"].values() for operation in path.values())
    statuses = sorted({int(status) for each in operations for status in each["responses"] if int(status) >= 400})
    result["components"]["responses"] = {_name(status): _response(status) for status in statuses}
    return result


def _name(status: int) -> str:
    return f"Problem{status}"


def _response(status: int) -> dict[str, Any]:
    known = {each.value: each.phrase for each in HTTPStatus}
    return {
        "description": known.get(status, "Checksum Mismatch"),  # 460, which is tus's own
        "headers": FROM_ANYWHERE | HEADERS_OF_ERRORS.get(status, {}),
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
