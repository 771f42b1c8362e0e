"""Documentation pages: an index with a search, the documents, and one page for each archive error."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evaluator.contract import CODES
from server.site.documents import GROUPS, NAMES, html_of, search, sections, title_of

MOST_FOUND = 30


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All documents; with `?q=`, the sections in which these words occur."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:100]
    found = search(words)
    groups = {
        group: [(name, title_of(name), about) for name, about in documents.items()]
        for group, documents in GROUPS.items()
    }
    context = {"groups": groups, "words": words, "found": found[:MOST_FOUND], "count": len(found)}
    return render(request, "docs/index.html", context)


@require_safe
def document(request: HttpRequest, name: str) -> HttpResponse:
    """A document as a page, with a list of its sections."""
    if name not in NAMES:
        raise Http404
    contents = [section for section in sections(name) if section.level == 2]
    return render(
        request, "docs/text.html", {"title": title_of(name), "texts": [html_of(name)], "contents": contents}
    )


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """List of all archive errors with their meaning."""
    return render(request, "docs/problems.html", {"codes": CODES, "before_you_send": html_of("before_you_send")})


@require_safe
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """Page of one archive error: its meaning, usual causes, how to fix it and how to check the fix."""
    if code not in CODES:
        raise Http404
    texts = [html_of(f"problems/{code}"), html_of("before_you_send")]
    return render(request, "docs/text.html", {"title": code, "texts": texts, "below_errors": True})
