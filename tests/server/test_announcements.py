"""Announcements: to whom they go, once each, and what is refused."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from server.accounts.models import User
from server.acts import PreviewOutdated, fingerprint
from server.announcements import exceptions
from server.announcements.audience import Audience
from server.announcements.models import Announcement
from server.announcements.services import (
    delivery,
    discard_announcement,
    draft_announcement,
    edit_announcement,
    end_banner,
    preview_announcement,
    send_announcement,
    version_of,
)
from server.audit.models import AuditLogEntry, PublicLogEntry
from server.outbox.models import EmailKind, OutboxEmail
from server.outbox.services import choose, send_due
from server.submissions.models import Slot
from server.submissions.slot_grants import grant

pytestmark = pytest.mark.django_db
TEXT = "The deadline is **tomorrow**.\n\n- one\n- two"


@pytest.fixture
def draft(organiser):
    """Draft an announcement: `draft(audience=…)`."""

    def make(**fields) -> Announcement:
        return draft_announcement(**({"subject": "News", "text": TEXT, "by": organiser} | fields))

    return make


@pytest.fixture
def reached(draft, organiser):
    """Send an announcement to an audience and return the first names of those mailed, in order."""

    def send(**parts) -> list[str]:
        mail.outbox.clear()
        important = parts.pop("important", False)
        send_announcement(draft(audience=Audience(**parts), important=important), by=organiser)
        send_due()
        return sorted(message.to[0].partition("@")[0] for message in mail.outbox)

    return send


@pytest.fixture
def everybody(bob, charlie, dora):
    """Alice and Bob are the alices, Charlie the charlies, Dora is in no team."""


# To whom


def test_without_a_choice_every_member_of_every_team_gets_it(everybody, reached):
    assert reached() == ["alice", "bob", "charlie"]


def test_only_active_members_with_a_verified_address_get_it(everybody, reached, alice, bob):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    EmailAddress.objects.filter(user=bob).update(verified=False)
    assert reached() == ["charlie"]


def test_teams_phases_and_tracks(everybody, reached, alices, submitted, charlie, phase, open_phase, tracks):
    closed = open_phase(slug="old", closes_at=timezone.now() - timedelta(minutes=1))
    assert reached(teams=(alices,)) == ["alice", "bob"]
    assert reached(phases=(phase,)) == ["alice", "bob", "charlie"]  # all can submit there
    with pytest.raises(exceptions.NobodyToSendTo, match="all teams of Segmentation: Now"):
        reached(phases=(closed,))
    submitted(charlie, phase=closed, began_at=timezone.now() - timedelta(minutes=5))
    assert reached(phases=(closed,)) == ["charlie"]
    assert reached(phases=(closed,), teams=(alices, charlie.membership.team)) == ["charlie"]
    assert reached(tracks=(tracks["segmentation"],), has_submitted=True) == ["charlie"]


def test_has_submitted_and_has_slots_left_narrow_each_other_down(everybody, reached, submitted, alice, phase):
    submitted(alice)
    assert reached(has_submitted=True) == ["alice", "bob"]
    type(phase).objects.filter(pk=phase.pk).update(limit=1)
    phase.refresh_from_db()
    assert reached(phases=(phase,), has_slots_left=True) == ["charlie"]
    with pytest.raises(exceptions.NobodyToSendTo, match="submitted there and have slots left there"):
        reached(phases=(phase,), has_submitted=True, has_slots_left=True)


def test_granted_and_returned_slots_are_left(everybody, reached, submitted, alice, alices, phase, organiser):
    type(phase).objects.filter(pk=phase.pk).update(limit=1)
    phase.refresh_from_db()
    submission = submitted(alice)
    with pytest.raises(exceptions.NobodyToSendTo):
        reached(phases=(phase,), has_slots_left=True, teams=(alices,))
    with transaction.atomic():
        grant(team=alices, phase=phase, extra=1, reason="An outage.", by=organiser, tell=False)
        assert reached(phases=(phase,), has_slots_left=True, teams=(alices,)) == ["alice", "bob"]
        transaction.set_rollback(True)
    Slot.objects.filter(submission=submission).update(returned_at=timezone.now(), reason="rejected")
    assert reached(phases=(phase,), has_slots_left=True, teams=(alices,)) == ["alice", "bob"]


def test_who_turned_announcements_off_gets_the_important_ones_only(everybody, reached, draft, bob):
    choose(user=bob, kinds=[EmailKind.SCORED])
    assert preview_announcement(draft()).opted_out == 1
    assert reached() == ["alice", "charlie"]
    assert reached(important=True) == ["alice", "bob", "charlie"]


# Preview and mail


def test_the_preview_is_the_mail_that_is_sent(everybody, draft, organiser, settings):
    settings.CONTACT_EMAIL = "lid@example.org"
    written = draft(subject="Deadline\r\nBcc: x@example.org", on_site=True)
    preview = preview_announcement(written)
    assert (preview.people, preview.teams) == (3, 2)
    assert not OutboxEmail.objects.exists(), "a preview writes nothing"
    send_announcement(written, by=organiser, seen=fingerprint(preview))
    send_due()
    sent = mail.outbox[0]
    assert (sent.subject, sent.body) == (preview.subject, preview.mail)
    assert sent.subject == "[LID challenge] Deadline Bcc: x@example.org"
    assert TEXT in sent.body
    assert settings.SITE_URL + written.get_absolute_url() in sent.body
    assert sent.reply_to == ["lid@example.org"]
    assert "account/emails" in sent.body


def test_an_important_mail_offers_no_way_to_turn_it_off(everybody, draft, organiser):
    send_announcement(draft(important=True), by=organiser)
    send_due()
    assert "account/emails" not in mail.outbox[0].body
    assert "List-Unsubscribe" not in mail.outbox[0].extra_headers


# Once


@pytest.mark.both_setups
def test_it_is_sent_once(everybody, draft, organiser):
    written = draft()
    send_announcement(written, by=organiser)
    with pytest.raises(exceptions.AlreadySent, match="Nothing was sent again"):
        send_announcement(written, by=organiser)
    assert OutboxEmail.objects.count() == 3


def test_a_stale_preview_is_refused(everybody, draft, organiser, dora, alice):
    written = draft()
    seen = fingerprint(preview_announcement(written))
    edit_announcement(written, by=organiser, audience=Audience(), subject="News", text="Another text.")
    with pytest.raises(PreviewOutdated):
        send_announcement(written, by=organiser, seen=seen)
    assert not OutboxEmail.objects.exists()


def test_two_who_edit_the_same_draft(draft, organiser, admin):
    written = draft()
    seen = version_of(written)
    edit_announcement(written, by=admin, audience=Audience(), seen=seen, subject="News", text="The admin's.")
    with pytest.raises(PreviewOutdated):
        edit_announcement(written, by=organiser, audience=Audience(), seen=seen, subject="News", text="Mine.")
    assert Announcement.objects.get().text == "The admin's."


def test_what_was_sent_is_neither_edited_nor_discarded(everybody, draft, organiser):
    sent = send_announcement(draft(), by=organiser)
    with pytest.raises(exceptions.AlreadySent):
        edit_announcement(sent, by=organiser, audience=Audience(), subject="Other", text="Other")
    with pytest.raises(exceptions.AlreadySent):
        discard_announcement(sent, by=organiser)
    assert Announcement.objects.get().text == TEXT


@pytest.mark.both_setups
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE announcements_announcement SET text = 'other'",
        "UPDATE announcements_announcement SET sent_at = NULL",
        "DELETE FROM announcements_announcement",
    ],
)
def test_the_database_keeps_what_was_sent(everybody, draft, organiser, statement):
    send_announcement(draft(), by=organiser)
    with pytest.raises(IntegrityError), transaction.atomic():
        connection.cursor().execute(statement)
    assert Announcement.objects.get().text == TEXT


def test_a_draft_that_was_discarded_is_refused_in_words(draft, organiser):
    written = draft()
    discard_announcement(written, by=organiser)
    again = Announcement(pk=written.pk or 1)
    with pytest.raises(exceptions.Discarded):
        send_announcement(again, by=organiser)


# Refused


def in_days(days):
    return timezone.now() + timedelta(days=days)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"subject": "  "}, "subject", "Write a subject"),
        ({"text": " \n "}, "text", "It is empty"),
        ({"on_site": True, "banner_until": in_days(-1)}, "banner_until", "would have ended on"),
        ({"banner_until": in_days(1)}, "banner_until", "Tick “also on the site”"),
    ],
)
def test_what_cannot_be_drafted(draft, fields, field, words):
    with pytest.raises(exceptions.AnnouncementRefused, match=words) as refusal:
        draft(**fields)
    assert refusal.value.field == field
    assert not Announcement.objects.exists()


def test_nobody_to_send_to(draft, organiser):
    with pytest.raises(exceptions.NobodyToSendTo):
        send_announcement(draft(), by=organiser)
    assert Announcement.objects.get().sent_at is None


def test_a_banner_that_has_ended_since_the_draft(everybody, draft, organiser):
    written = draft(on_site=True, banner_until=in_days(1))
    Announcement.objects.update(banner_until=in_days(-1))
    with pytest.raises(exceptions.BannerInPast):
        send_announcement(written, by=organiser)


# What remains


def test_the_history_says_what_became_of_the_mails(everybody, draft, organiser):
    sent = send_announcement(draft(), by=organiser)
    first, second, _ = OutboxEmail.objects.order_by("key")
    OutboxEmail.objects.filter(pk=first.pk).update(tries=30)
    OutboxEmail.objects.filter(pk=second.pk).update(sent_at=timezone.now())
    counts = delivery(sent)
    assert (counts.delivered, counts.waiting, counts.failed) == (1, 1, 1)
    assert (sent.people_count, sent.team_count, sent.sent_by, sent.sent_to) == (3, 2, organiser, "all teams")


def test_each_step_is_in_the_audit_log_and_the_site_s_in_the_public_one(everybody, draft, organiser):
    before = AuditLogEntry.objects.count()
    sent = send_announcement(draft(on_site=True, banner_until=in_days(2)), by=organiser)
    end_banner(sent, by=organiser)
    acts = AuditLogEntry.objects.order_by("pk").values_list("what", flat=True)[before:]
    assert list(acts) == ["drafted an announcement", "sent an announcement", "ended a banner"]
    line = PublicLogEntry.objects.get()
    assert (line.text, line.url) == ("Announcement: News", sent.get_absolute_url())
    with pytest.raises(exceptions.NoBanner):
        end_banner(sent, by=organiser)
