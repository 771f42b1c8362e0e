"""Permissions of API tokens."""

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from server.accounts.models import ApiToken


class ByToken(BasePermission):
    """Allows any token to read, and only tokens with the scope to submit to write."""

    message = "This token may only read. Create one that may “read and submit” on your account page."

    def has_permission(self, request: Request, view: object) -> bool:
        if not request.user.is_authenticated:
            return False
        if request.method in SAFE_METHODS:
            return True
        return isinstance(request.auth, ApiToken) and request.auth.scope != ApiToken.Scope.READ


class ForOrganisers(BasePermission):
    """Allows an organiser's token that was made to act as an organiser, and no other, not even to read."""

    message = (
        "This is for organisers. Send a token that may “read, submit and act as an organiser”; organisers can "
        "create one on their account page."
    )

    def has_permission(self, request: Request, view: object) -> bool:
        user, token = request.user, request.auth
        if not user.is_authenticated or not isinstance(token, ApiToken):
            return False
        return user.is_staff and token.scope == ApiToken.Scope.ADMIN


class ByTokenOrSession(ByToken):
    """Allows a session too, which has shown its CSRF token."""

    def has_permission(self, request: Request, view: object) -> bool:
        by_session = request.user.is_authenticated and request.auth is None
        return by_session or super().has_permission(request, view)
