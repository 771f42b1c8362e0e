"""Authenticated requests to the API, for type checkers."""

from rest_framework.request import Request

from server.accounts.models import ApiToken, User
from server.upload_middleware import TimedRequest


class PersonsRequest(Request, TimedRequest):
    """A request of somebody, by token or session."""

    user: User


class TokenRequest(PersonsRequest):
    """A request that `ByToken` has let through."""

    auth: ApiToken
