"""Template tag `banner`: the announcements above every page."""

from typing import Any

from django import template

from server.announcements.models import Announcement

MOST = 3
register = template.Library()


@register.inclusion_tag("announcements/banner.html")
def banner() -> dict[str, Any]:
    """The newest announcements that are on the banner now."""
    return {"announcements": list(Announcement.objects.on_banner()[:MOST])}
