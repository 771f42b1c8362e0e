"""Addresses that only take a form."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

NOTHING_CHANGED = "Nothing was changed. Use the button on this page."
View = Callable[..., HttpResponseBase]


def post_only(page: Callable[..., str]) -> Callable[[View], View]:
    """Let only POST reach a view, and lead whoever opens its address to the page that has the form.

    People open it by a reload, or by logging in again after they pressed the button. `page` returns the page's URL
    from the arguments of the view.
    """

    def decorate(view: View) -> View:
        only_post = require_POST(view)

        @wraps(view)
        def decorated(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if request.method in {"GET", "HEAD"}:
                return _lead_to(request, page(**kwargs))
            return only_post(request, *args, **kwargs)

        return decorated

    return decorate


def _lead_to(request: HttpRequest, url: str) -> HttpResponse:
    messages.info(request, NOTHING_CHANGED)
    return redirect(url)
