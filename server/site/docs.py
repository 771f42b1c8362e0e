"""Documentation pages: one for each archive error, one of refused submissions, one of confidence intervals."""

from functools import cache

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from evaluator.contract import CODES
from server.markdown import ours_as_html

FOLDER = settings.BASE_DIR / "docs"


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """List of all archive errors with their meaning."""
    return render(request, "docs/problems.html", {"codes": CODES, "before_you_send": _text("before_you_send")})


@require_safe
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """Page of one archive error: its meaning, usual causes, how to fix it and how to check the fix."""
    if code not in CODES:
        raise Http404
    return _page(request, code, f"problems/{code}", "before_you_send", below_errors=True)


@require_safe
def refusals(request: HttpRequest) -> HttpResponse:
    """Page of all reasons for which a submission is refused; the `type` of an API error links here."""
    return _page(request, "Refused requests", "refusals", below_errors=True)


@require_safe
def uncertainty(request: HttpRequest) -> HttpResponse:
    """Page about confidence intervals of scores and ranks."""
    return _page(request, "Confidence intervals", "uncertainty")


def _page(request: HttpRequest, title: str, *names: str, below_errors: bool = False) -> HttpResponse:
    context = {"title": title, "texts": [_text(name) for name in names], "below_errors": below_errors}
    return render(request, "docs/text.html", context)


@cache
def _text(name: str) -> SafeString:
    return ours_as_html((FOLDER / f"{name}.md").read_text())
