"""Requests whose user is known to be logged in, for type checkers."""

from django.http import HttpRequest

from server.accounts.models import User


class AuthenticatedRequest(HttpRequest):
    """A request behind `login_required` or an API permission."""

    user: User
