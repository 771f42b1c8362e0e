"""Requests whose user is known to be logged in, and what else is asked of a request."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from server.accounts.models import User


class AuthenticatedRequest(HttpRequest):
    """A request behind `login_required` or an API permission."""

    user: User
    must_set_up_totp: bool  # written by StaffTotpMiddleware, read by a template


def user_of(request: HttpRequest) -> User:
    """Return who is logged in, where a signature is Django's. Raises PermissionDenied for a visitor."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def reader_of(request: HttpRequest) -> User | None:
    """Return who is logged in, where anyone may read; None for a visitor."""
    return request.user if isinstance(request.user, User) else None


def url_name_of(request: HttpRequest) -> str:
    """Return the name of the request's URL; empty while it has not been resolved, or if it has none."""
    return (request.resolver_match and request.resolver_match.url_name) or ""
