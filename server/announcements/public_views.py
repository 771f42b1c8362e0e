"""Public announcements: their page and their Atom feed."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from server.announcements.models import Announcement
from server.atom import AUTHOR, feed_of, respond
from server.cross_origin import for_any_origin
from server.markdown import as_html

PER_PAGE = 20


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    page = Paginator(Announcement.objects.public(), PER_PAGE).get_page(request.GET.get("page"))
    shown = [(announcement, as_html(announcement.text)) for announcement in page]
    return render(request, "announcements/public.html", {"page": page, "shown": shown})


@require_safe
def one(request: HttpRequest, announcement: int) -> HttpResponse:
    found = get_object_or_404(Announcement.objects.public(), pk=announcement)
    return render(request, "announcements/public_one.html", {"announcement": found, "html": as_html(found.text)})


@for_any_origin
@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    entries = feed_of(request, "LID Challenge: announcements", reverse("public_announcements:index"))
    for announcement in Announcement.objects.public()[:PER_PAGE]:
        url = settings.SITE_URL + announcement.get_absolute_url()
        entries.add_item(
            title=announcement.subject,
            link=url,
            description=as_html(announcement.text),
            author_name=AUTHOR,
            unique_id=url,
            pubdate=announcement.sent_at,
            updateddate=announcement.sent_at,
        )
    return respond(request, entries)
