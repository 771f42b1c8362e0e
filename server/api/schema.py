"""Extensions of the OpenAPI schema: tokens, error responses and their codes."""

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import AllowAny

from server.accounts.models import ApiToken
from server.api.serializers import ProblemSerializer

ALWAYS = (400, 401, 406, 429)  # what any request may be answered


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
    """Names the token only where it is needed: an optional one would be drawn as a closed padlock."""

    def get_auth(self) -> list[dict[str, list[str]]]:
        is_public = AllowAny in self.view.permission_classes
        return [] if is_public else super().get_auth()


def refusals(*statuses: int) -> dict[tuple[int, str], type[ProblemSerializer]]:
    """Return the error responses with these statuses and those of any request."""
    return {(status, "application/problem+json"): ProblemSerializer for status in sorted({*ALWAYS, *statuses})}
