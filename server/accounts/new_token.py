"""Hands the secret of a new token from the answer that made it to the page that shows it, once.

It travels in a short-lived cookie of its owner's browser, so that the server keeps no copy of it.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from server.accounts.models import User

COOKIE = "__Secure-new-token" if settings.SESSION_COOKIE_SECURE else "new-token"
PATH = "/account/"
SECONDS = 60


def hand_over(answer: HttpResponse, secret: str, user: User) -> None:
    """Give the secret to the browser for its next page."""
    answer.set_signed_cookie(
        COOKIE,
        secret,
        salt=_salt(user),
        max_age=SECONDS,
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def read(request: HttpRequest) -> str | None:
    """Return the secret that was handed over to this person; None where none was, or too long ago."""
    return request.get_signed_cookie(COOKIE, default=None, salt=_salt(request.user), max_age=SECONDS)


def forget(answer: HttpResponse) -> None:
    """Remove the secret from the browser."""
    answer.delete_cookie(COOKIE, path=PATH, samesite="Strict")


def _salt(user: object) -> str:
    return f"new token of {getattr(user, 'pk', None)}"
