"""Atom feeds (RFC 4287) and their answers."""

from datetime import UTC, datetime
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed

from server.conditional import unless_known

AUTHOR = "LID Challenge"
NEVER = datetime.fromtimestamp(0, UTC)  # the date of a feed without entries


class Feed(Atom1Feed):
    def latest_post_date(self) -> datetime:
        """The library would return the present time for a feed without entries."""
        return super().latest_post_date() if self.items else NEVER


def feed_of(request: HttpRequest, title: str, page: str) -> Feed:
    """Return an empty feed with this title, about the page with this path."""
    return Feed(
        title=title,
        link=settings.SITE_URL + page,
        description="",
        author_name=AUTHOR,
        feed_url=settings.SITE_URL + request.path,
        language="en",
    )


def respond(request: HttpRequest, feed: Feed) -> HttpResponse:
    """Return the feed, or 304 where the reader has it."""
    text = feed.writeString("utf-8")
    etag = f'"{sha256(text.encode()).hexdigest()[:32]}"'
    headers = {"Cache-Control": "public, no-cache", "ETag": etag}
    return unless_known(request, HttpResponse(text, content_type=feed.content_type, headers=headers))
