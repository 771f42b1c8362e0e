"""Authentication by API token. Cookies count for uploads alone, and need a CSRF token there."""

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from server.accounts import services
from server.accounts.models import ApiToken, User


class TokenAuthentication(BaseAuthentication):
    """Authenticates `Authorization: Bearer lid_…`, without reading the request's body."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = ApiToken.objects.from_secret(secret.strip())
        if token is None:
            raise AuthenticationFailed(
                "This token is unknown, expired or revoked. Create a new one on your account page."
            )
        if services.lacks_totp(token.user):
            raise PermissionDenied(services.TOTP_MISSING)
        services.note_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class PageSession(SessionAuthentication):
    """Authenticates the submit page's script by the session and, to write, by the header X-CSRFToken."""

    def enforce_csrf(self, request: Request) -> None:
        # Django's own request, since the check looks for a form, which the view may have no parser for
        super().enforce_csrf(request._request)  # type: ignore[arg-type]
