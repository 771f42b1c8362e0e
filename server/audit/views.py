"""The public log: its page and its Atom feed."""

from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.utils.text import Truncator
from django.views.decorators.http import require_safe

from server.atom import AUTHOR, feed_of, respond
from server.audit.models import PublicLogEntry
from server.cross_origin import for_any_origin

PER_PAGE, TITLE_LENGTH = 50, 100


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """All lines, or those of one track and those about all tracks."""
    track = list(filter(None, request.GET.getlist("track")))
    entries = PublicLogEntry.objects.about_track(track) if track else PublicLogEntry.objects.all()
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("page"))
    query = f"{urlencode({'track': track}, doseq=True)}&" if track else ""
    return render(request, "audit/log.html", {"page": page, "track": track, "query": query})


@for_any_origin
@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    page = reverse("public_log:log")
    entries = feed_of(request, "LID Challenge: log of decisions", page)
    for entry in PublicLogEntry.objects.all()[:PER_PAGE]:
        text = f"{entry.about}: {entry.text}" if entry.about else entry.text
        entries.add_item(
            title=Truncator(text).chars(TITLE_LENGTH),
            link=settings.SITE_URL + (entry.url or page),
            description=escape(text),
            author_name=AUTHOR,
            unique_id=f"{settings.SITE_URL}{page}#line-{entry.pk}",
            pubdate=entry.at,
            updateddate=entry.at,
        )
    return respond(request, entries)
