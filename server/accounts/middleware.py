"""Middleware for sessions: maximum age, no caching of account pages, two-step log-in of organisers."""

from collections.abc import Callable
from typing import Any, TypeGuard

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from server.accounts import services
from server.accounts.requests import AuthenticatedRequest, url_name_of
from server.problem_json import problem, wants_json

View = Callable[..., HttpResponseBase]
SETTING_UP = {"mfa_activate_totp", "account_reauthenticate", "account_logout"}


def SessionMaxAgeMiddleware(get_response: View) -> View:  # noqa: N802  (a middleware is named as a class)
    """Middleware that logs out people whose log-in is too long ago."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if _has_session(request) and services.is_too_old(request.session, request.user):
            logout(request)
            messages.info(request, "Your session has expired. Log in again.")
        return get_response(request)

    return middleware


def NoStoreMiddleware(get_response: View) -> View:  # noqa: N802
    """Middleware that keeps account pages, which show secrets and addresses, out of caches."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        answer = get_response(request)
        if request.path.startswith(reverse("accounts:profile")):
            add_never_cache_headers(answer)
        return answer

    return middleware


class StaffTotpMiddleware:
    """Middleware that redirects organisers without two-step log-in to the page that sets it up."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        if not (_has_session(request) and services.lacks_totp(request.user)):
            return None
        request.must_set_up_totp = True
        if url_name_of(request) in SETTING_UP:
            return None
        if wants_json(request):
            return problem(403, services.TOTP_MISSING)
        return redirect("mfa_activate_totp")


def _has_session(request: HttpRequest) -> TypeGuard[AuthenticatedRequest]:
    """Whether somebody is logged in; without a session cookie the session is not read."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated
