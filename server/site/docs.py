"""The documentation on the site itself: a page for each code of a problem, one of refusals, one of intervals."""

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
    """Every code with its meaning."""
    return render(request, "docs/problems.html", {"codes": CODES, "before_you_send": _text("before_you_send")})


@require_safe
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """What a code means, what usually causes it, how to fix and how to check it."""
    if code not in CODES:
        raise Http404
    texts = {"text": _text(f"problems/{code}"), "before_you_send": _text("before_you_send")}
    return render(request, "docs/problem.html", {"code": code, **texts})


@require_safe
def refusals(request: HttpRequest) -> HttpResponse:
    """Why a submission was not taken: where the `type` of a refusal leads."""
    return render(request, "docs/refusals.html", {"text": _text("refusals")})


@require_safe
def uncertainty(request: HttpRequest) -> HttpResponse:
    """How sure a score and a rank are: how it is computed, and what it does not say."""
    return render(request, "docs/uncertainty.html", {"text": _text("uncertainty")})


@cache
def _text(name: str) -> SafeString:
    return ours_as_html((FOLDER / f"{name}.md").read_text())
