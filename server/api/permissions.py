"""What a token may do."""

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from server.accounts.models import ApiToken


class ByToken(BasePermission):
    """Any token may read; only one whose scope is to submit may write."""

    message = "This token may only read. Make one that may “read and submit” on your account page."

    def has_permission(self, request: Request, view: object) -> bool:
        if not request.user.is_authenticated:
            return False
        return request.method in SAFE_METHODS or request.auth.scope == ApiToken.Scope.SUBMIT
