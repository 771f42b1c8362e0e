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
    texts = {"text": _text(f"problems/{code}"), "before_you_send": _text("before_you_send")}
    return render(request, "docs/problem.html", {"code": code, **texts})


@require_safe
def refusals(request: HttpRequest) -> HttpResponse:
    """Page of all reasons for which a submission is refused; the `type` of an API error links here."""
    return render(request, "docs/refusals.html", {"text": _text("refusals")})


@require_safe
def uncertainty(request: HttpRequest) -> HttpResponse:
    """Page about confidence intervals of scores and ranks."""
    return render(request, "docs/uncertainty.html", {"text": _text("uncertainty")})


@cache
def _text(name: str) -> SafeString:
    return ours_as_html((FOLDER / f"{name}.md").read_text())
