"""Requests to the API that a token has authenticated, for type checkers."""

from rest_framework.request import Request

from server.accounts.models import ApiToken, User
from server.upload_middleware import TimedRequest


class TokenRequest(Request, TimedRequest):
    """A request that `ByToken` has let through."""

    user: User
    auth: ApiToken
