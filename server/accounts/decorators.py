"""Decorator of the organisers' own pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.views.decorators.cache import never_cache

from server.accounts.requests import AuthenticatedRequest

View = Callable[..., HttpResponseBase]


def organiser_page(view: View) -> View:
    """Let only organisers reach a view; visitors are led to the log-in, everyone else is refused (403).

    As in the admin: StaffTotpMiddleware asks organisers for two-step log-in, and AdminNetworkMiddleware hides all
    addresses below /organisers/ from other networks than ADMIN_NETWORKS.
    """

    @wraps(view)
    def decorated(request: AuthenticatedRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_staff:
            raise PermissionDenied("It is for organisers only.")
        return view(request, *args, **kwargs)

    return never_cache(login_required(decorated))
