"""Extensions of the OpenAPI schema: tokens and error responses."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from server.accounts.models import ApiToken
from server.api.serializers import ProblemSerializer


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular's hook
    target_class = "server.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": f"{ApiToken.PREFIX}…"}


def refusals(*statuses: int) -> dict[tuple[int, str], type[ProblemSerializer]]:
    """Return the error responses with these statuses."""
    return {(status, "application/problem+json"): ProblemSerializer for status in statuses}
