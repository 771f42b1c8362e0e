"""Services for announcements: drafting, editing, discarding, sending."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from server.accounts.models import User
from server.acts import check_fingerprint, fingerprint
from server.announcements.audience import EVERYBODY, Audience, Recipients, recipients_of
from server.announcements.exceptions import (
    AlreadySent,
    BannerInPast,
    BannerNeedsSite,
    Discarded,
    NoBanner,
    NobodyToSendTo,
    SubjectMissing,
    TextMissing,
)
from server.announcements.models import Announcement
from server.audit.services import Changes, as_text, differences, publish_line, record
from server.outbox.models import EmailKind
from server.outbox.services import Delivery, delivery_of, enqueue_email, mail_as_sent

FIELDS = ("subject", "text", "important", "on_site", "banner_until")
CONDITIONS = ("has_submitted", "has_slots_left")
LISTS = ("tracks", "phases", "teams")


@dataclass(frozen=True)
class Preview:
    """What sending would do: one mail as it will be read, to how many, for how long on the site."""

    subject: str
    mail: str
    audience: str
    people: int
    teams: int
    opted_out: int
    important: bool
    on_site: bool
    banner_until: datetime | None


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
    draft = Announcement(created_by=by)
    fields = {"subject": subject, "text": text, "important": important}
    _write(draft, audience, {**fields, "on_site": on_site, "banner_until": banner_until})
    record(by=by, what="drafted an announcement", subject=draft, changes=differences({}, told(draft)))
    return draft


@transaction.atomic
def edit_announcement(
    announcement: Announcement,
    *,
    by: User | None,
    audience: Audience,
    seen: str | None = None,
    preview: str | None = None,
    **fields: Any,
) -> Announcement:
    """Change a draft. `seen` is the version that was read, `preview` names what `preview_edit` returned.

    Raises AnnouncementRefused or PreviewOutdated.
    """
    draft = _lock_draft(announcement)
    before = told(draft)
    check_fingerprint(seen, before)
    _write(draft, audience, fields)
    changes = differences(before, told(draft))
    check_fingerprint(preview, changes)
    if changes:
        record(by=by, what="changed an announcement", subject=draft, changes=changes)
    return draft


def preview_edit(announcement: Announcement, **fields: Any) -> Changes:
    """Return what an edit would change; writes nothing. Raises AnnouncementRefused."""
    with transaction.atomic():
        before = told(_lock_draft(announcement))
        changes = differences(before, told(edit_announcement(announcement, by=None, **fields)))
        transaction.set_rollback(True)
    return changes


@transaction.atomic
def preview_discard(announcement: Announcement) -> dict[str, str]:
    """Return the words of the draft, which the audit log would keep. Raises AnnouncementRefused."""
    return told(_lock_draft(announcement))


@transaction.atomic
def discard_announcement(announcement: Announcement, *, by: User, seen: str | None = None) -> None:
    """Delete a draft; the audit log keeps its words. Raises AnnouncementRefused or PreviewOutdated."""
    draft = _lock_draft(announcement)
    check_fingerprint(seen, told(draft))
    record(by=by, what="discarded an announcement", subject=draft, changes=differences(told(draft), {}))
    draft.delete()


def preview_announcement(announcement: Announcement) -> Preview:
    """Return what sending it now would do. Raises NobodyToSendTo or BannerInPast."""
    return _preview(announcement, recipients_of_announcement(announcement))


def preview_draft(**fields: Any) -> Preview:
    """Return what sending a draft with these fields would do; writes nothing. Raises AnnouncementRefused."""
    with transaction.atomic():
        preview = preview_announcement(draft_announcement(by=None, **fields))
        transaction.set_rollback(True)
    return preview


def recipients_of_announcement(announcement: Announcement) -> Recipients:
    return recipients_of(audience_of(announcement), important=announcement.important)


@transaction.atomic
def send_announcement(announcement: Announcement, *, by: User, seen: str | None = None) -> Announcement:
    """Write one mail to each recipient into the outbox, once. `seen` names the preview that was read.

    Raises AnnouncementRefused or PreviewOutdated.
    """
    draft = _lock_draft(announcement)
    recipients = recipients_of_announcement(draft)
    preview = _preview(draft, recipients)
    check_fingerprint(seen, preview)
    draft.sent_at, draft.sent_by, draft.sent_to = timezone.now(), by, preview.audience[:1000]
    draft.people_count, draft.team_count = preview.people, preview.teams
    draft.save()
    for membership in recipients.memberships:
        enqueue_email(membership.user, kind_of(draft), key_of(draft), draft.subject, body_of(draft))
    if draft.on_site:
        publish_line(text=f"Announcement: {draft.subject}", url=draft.get_absolute_url(), by=by)
    changes = {"sent to": ["", preview.audience], "people": ["", str(preview.people)]}
    record(by=by, what="sent an announcement", subject=draft, changes=changes)
    return draft


def preview_end_banner(announcement: Announcement) -> dict[str, str]:
    """Return until when it would be on the banner otherwise. Raises NoBanner."""
    shown = Announcement.objects.on_banner().filter(pk=announcement.pk).first()
    if shown is None:
        raise NoBanner
    return {"banner_until": str(shown.banner_until)}


@transaction.atomic
def end_banner(announcement: Announcement, *, by: User, seen: str | None = None) -> None:
    """Take a sent announcement off the banner now; it stays on the site. Raises NoBanner or PreviewOutdated."""
    now = timezone.now()
    check_fingerprint(seen, preview_end_banner(announcement))
    if not Announcement.objects.on_banner().filter(pk=announcement.pk).update(banner_until=now):
        raise NoBanner
    changes = {"banner_until": [announcement.banner_until.isoformat(), now.isoformat()]}  # type: ignore[union-attr]
    record(by=by, what="ended a banner", subject=announcement, changes=changes)


def delivery(announcement: Announcement) -> Delivery:
    """Return how many of its mails were delivered, wait, or failed."""
    return delivery_of(key_of(announcement))


def audience_of(announcement: Announcement) -> Audience:
    lists: dict[str, Any] = {name: tuple(getattr(announcement, name).all()) for name in LISTS}
    return Audience(**lists, **{name: getattr(announcement, name) for name in CONDITIONS})


def told(announcement: Announcement) -> dict[str, str]:
    """Return all that an organiser chose, as the audit log stores it; its fingerprint is the draft's version."""
    return as_text(announcement, FIELDS) | {"recipients": str(audience_of(announcement))}


def version_of(announcement: Announcement) -> str:
    return fingerprint(told(announcement))


def key_of(announcement: Announcement) -> str:
    return f"announcement {announcement.pk}"


def kind_of(announcement: Announcement) -> EmailKind:
    return EmailKind.IMPORTANT if announcement.important else EmailKind.ANNOUNCEMENT


def body_of(announcement: Announcement) -> str:
    """Return the mail's text: the Markdown as it was written, and where it stands on the site."""
    url = f"\n\nOn the site: {settings.SITE_URL}{announcement.get_absolute_url()}" if announcement.on_site else ""
    return announcement.text.strip() + url


def _preview(announcement: Announcement, recipients: Recipients) -> Preview:
    audience = str(audience_of(announcement))
    _check_banner(announcement.on_site, announcement.banner_until)
    if not recipients.memberships:
        raise NobodyToSendTo(audience)
    mail = mail_as_sent(kind_of(announcement), announcement.subject, body_of(announcement))
    return Preview(
        subject=str(mail.subject),
        mail=str(mail.body),
        audience=audience,
        people=recipients.people_count,
        teams=recipients.team_count,
        opted_out=recipients.opted_out,
        important=announcement.important,
        on_site=announcement.on_site,
        banner_until=announcement.banner_until,
    )


def _write(draft: Announcement, audience: Audience, fields: dict[str, Any]) -> None:
    """Check and save a draft. Raises AnnouncementRefused."""
    for name, value in fields.items():
        setattr(draft, name, value.strip().replace("\r\n", "\n") if isinstance(value, str) else value)
    if not draft.subject:
        raise SubjectMissing
    if not draft.text:
        raise TextMissing
    _check_banner(draft.on_site, draft.banner_until)
    for name in CONDITIONS:
        setattr(draft, name, getattr(audience, name))
    draft.save()
    for name in LISTS:
        getattr(draft, name).set(getattr(audience, name))


def _check_banner(on_site: bool, until: datetime | None) -> None:
    if until is not None and not on_site:
        raise BannerNeedsSite
    if until is not None and until <= timezone.now():
        raise BannerInPast(until)


def _lock_draft(announcement: Announcement) -> Announcement:
    """Lock and read the draft, so that two who press at once take turns. Raises AlreadySent or Discarded."""
    current = Announcement.objects.select_for_update().filter(pk=announcement.pk).first()
    if current is None:
        raise Discarded
    if current.sent_at:
        raise AlreadySent(current.subject, current.sent_at)
    return current
