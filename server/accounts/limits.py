"""Computes the Retry-After of allauth's rate limits."""

import math
import time

from allauth.core.internal.ratelimit import Rate, get_cache_key, get_rates
from django.core.cache import cache
from django.http import HttpRequest

from server.accounts.requests import url_name_of

APP = "allauth.account"
LIMIT_OF_PAGE = {
    "account_login": "login",
    "account_signup": "signup",
    "account_reset_password": "reset_password",
    "account_reset_password_from_key": "reset_password_from_key",
    "account_change_password": "change_password",
    "account_set_password": "change_password",
    "account_email": "manage_email",
    "account_reauthenticate": "reauthenticate",
    "mfa_reauthenticate": "reauthenticate",
}


def seconds_to_wait(request: HttpRequest) -> int:
    """Return the seconds until all rate limits of the page allow another try; 60 if the page has none."""
    action = LIMIT_OF_PAGE.get(url_name_of(request), "")
    waits = [_seconds_left(request, action, rate) for rate in get_rates(app=APP, action=action)]
    return max([1, *waits]) if waits else 60


def _seconds_left(request: HttpRequest, action: str, rate: Rate) -> int:
    key = request.POST.get("email", "").lower()
    tries: list[float] = cache.get(get_cache_key(request, app=APP, action=action, rate=rate, key=key)) or []
    if len(tries) < rate.amount:
        return 0
    ends: float = tries[-1] + rate.duration  # the last of the list is the oldest
    return math.ceil(ends - time.time())
