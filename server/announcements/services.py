"""Services for announcements: drafting, editing, discarding, sending."""

from datetime import datetime

from django.db import transaction

from server.accounts.models import User
from server.announcements.audience import EVERYBODY, Audience
from server.announcements.models import Announcement
from server.audit.services import record


@transaction.atomic
def draft_announcement(
    *,
    subject: str,
    text: str,
    by: User | None,
    audience: Audience = EVERYBODY,
    important: bool = False,
    on_site: bool = False,
    banner_until: datetime | None = None,
) -> Announcement:
    """Write a draft, which an organiser reads, edits and sends. Raises AnnouncementRefused."""
    draft = Announcement.objects.create(
        subject=subject,
        text=text,
        created_by=by,
        has_submitted=audience.has_submitted,
        has_slots_left=audience.has_slots_left,
        important=important,
        on_site=on_site,
        banner_until=banner_until,
    )
    draft.tracks.set(audience.tracks)
    draft.phases.set(audience.phases)
    draft.teams.set(audience.teams)
    record(by=by, what="drafted an announcement", subject=draft)
    return draft
