"""The outbox: e-mails are written once, sent once by several senders, tried again, and turned off by kind."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from server.outbox import services
from server.outbox.models import TRIES, EmailKind, EmailOptOut, OutboxEmail
from server.outbox.services import choose, chosen, enqueue_email, send_due
from tests.mail_servers import mail_server

pytestmark = [pytest.mark.django_db, pytest.mark.both_setups]
A_MINUTE = timedelta(minutes=1)
PAGE = "/account/emails/"


@pytest.fixture
def smtp(settings):
    """A real mail server that the outbox is sent to, with little patience."""
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 0.3
        yield server


def said(to, key: str = "a", kind: EmailKind = EmailKind.SCORED, **facts) -> None:
    enqueue_email(to, kind, key, facts.pop("subject", "It was scored"), "Well done.", **facts)


def due_again() -> None:
    OutboxEmail.objects.filter(sent_at=None).update(not_before=timezone.now() - A_MINUTE, lease_until=None)


def wait_of(notice: OutboxEmail) -> int:
    """Seconds from now until it is due."""
    return round((OutboxEmail.objects.get(pk=notice.pk).not_before - timezone.now()).total_seconds())


# Telling


def test_an_enqueued_email_is_sent_with_a_footer_that_links_to_the_preferences(alice, settings):
    said(alice)
    assert send_due() == 1
    message = mail.outbox[0]
    assert (message.to, message.subject) == (["alice@example.org"], "[LID challenge] It was scored")
    assert message.body.startswith("Well done.\n\n-- \n")
    assert f"{settings.SITE_URL}{PAGE}" in message.body
    assert message.extra_headers["List-Unsubscribe"] == f"<{settings.SITE_URL}{PAGE}>"
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"


def test_enqueueing_sends_nothing(alice):
    said(alice)
    assert mail.outbox == []
    assert OutboxEmail.objects.get().sent_at is None


def test_each_recipient_gets_one_email_per_key(alice, bob):
    for _ in range(3):
        said(alice)
        said(bob)
    assert send_due() == 2
    said(alice)
    assert send_due() == 0


def test_a_rolled_back_email_is_not_sent(alice):
    with transaction.atomic():
        said(alice)
        transaction.set_rollback(True)
    assert not OutboxEmail.objects.exists()


def test_a_person_without_an_account_is_mailed_at_the_bare_address(db):
    said("Eve@Example.org ", kind=EmailKind.INVITED)
    said("eve@example.org", kind=EmailKind.INVITED)
    assert send_due() == 1
    assert mail.outbox[0].to == ["eve@example.org"]


def test_a_closed_account_gets_no_email(alice):
    alice.is_active = False
    said(alice)
    assert not OutboxEmail.objects.exists()


def test_an_email_goes_to_the_persons_present_address(alice):
    said(alice)
    type(alice).objects.filter(pk=alice.pk).update(email="new@example.org")
    send_due()
    assert mail.outbox[0].to == ["new@example.org"]


def test_an_email_goes_to_a_person_or_to_an_address(alice):
    for whom in ({}, {"user": alice, "address": "a@example.org"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            OutboxEmail.objects.create(kind="scored", key="x", subject="s", text="t", **whom)


@pytest.mark.parametrize(
    "name",
    [
        "one\r\nBcc: all@example.org",
        "one\nBcc: all@example.org",
        "one\x0bBcc: all@example.org",
        "one\x85Bcc: all@example.org",
        "one\u2028Bcc: all@example.org",
        "one\x00\x1b\x07\u202eBcc: all@example.org",
    ],
)
def test_no_subject_breaks_its_line(alice, smtp, name):
    said(alice, subject=f"{name}: Größe 頭")
    assert OutboxEmail.objects.get().subject == "one Bcc: all@example.org: Größe 頭"
    assert send_due() == 1
    assert smtp.mails[0]["Subject"].strip() == "[LID challenge] one Bcc: all@example.org: Größe 頭"
    assert smtp.mails[0]["Bcc"] is None


def test_a_long_subject_is_cut_and_a_text_keeps_its_lines_only(alice, smtp):
    enqueue_email(alice, EmailKind.SCORED, "long", "é" * 5000, "one\n\x1b[31mtwo\x00\r\n")
    assert send_due() == 1
    assert len(OutboxEmail.objects.get().subject) == 200
    assert smtp.mails[0].get_content().splitlines()[:3] == ["one", " [31mtwo  ", ""]


# Sending


def test_an_outdated_email_is_not_sent(alice):
    said(alice, until=timezone.now() - A_MINUTE)
    said(alice, "b", until=timezone.now() + A_MINUTE)
    assert send_due() == 1
    assert OutboxEmail.objects.get(sent_at=None).key.startswith("a to ")


def test_a_claim_keeps_others_away_for_a_while_and_then_the_mail_is_sent_again(alice):
    said(alice)
    notice = OutboxEmail.objects.get()
    assert services._claim(notice)  # by a sender that is killed now
    assert send_due() == 0
    held = OutboxEmail.objects.get(pk=notice.pk).lease_until - timezone.now()
    assert 290 < round(held.total_seconds()) <= 300
    due_again()
    assert send_due() == 1
    assert OutboxEmail.objects.get().tries == 2


def test_two_that_read_the_same_row_cannot_both_claim_it(alice):
    said(alice)
    first, second = OutboxEmail.objects.get(), OutboxEmail.objects.get()
    assert services._claim(first)
    assert not services._claim(second)


def test_an_email_sent_by_another_between_query_and_claim_is_not_sent_again(alice, monkeypatch):
    said(alice)
    looks = services.FIRST_DUE.rows

    def look_and_let_another_send():
        found = looks()
        monkeypatch.setattr(services.FIRST_DUE, "rows", looks)
        assert send_due() == 1
        return found

    monkeypatch.setattr(services.FIRST_DUE, "rows", look_and_let_another_send)
    assert send_due() == 0
    assert len(mail.outbox) == 1


def test_a_late_sender_does_not_overwrite_a_later_claim(alice):
    said(alice)
    late = services._claim(OutboxEmail.objects.get())
    due_again()
    assert send_due() == 1
    services._record_failure(late, OSError("late"))
    assert OutboxEmail.objects.get().last_error == ""
    assert OutboxEmail.objects.get().sent_at is not None


def test_each_failure_waits_twice_as_long_up_to_an_hour_and_after_a_day_it_is_given_up(alice, smtp):
    smtp.mood = "refuses"
    said(alice)
    notice, waits = OutboxEmail.objects.get(), []
    for _ in range(TRIES):
        assert send_due() == 0
        waits.append(wait_of(notice))
        due_again()
    assert waits[:8] == pytest.approx([60, 120, 240, 480, 960, 1920, 3600, 3600], abs=2)
    assert 23 < sum(waits[:-1]) / 3600 < 25
    assert "421" in OutboxEmail.objects.get().last_error
    smtp.mood = "takes"
    assert send_due() == 0
    assert (OutboxEmail.objects.get().tries, smtp.mails) == (TRIES, [])


@pytest.mark.parametrize("mood", ["refuses", "hangs", "drops", "closed"])
def test_a_mail_server_that_misbehaves_costs_time_and_no_mail(alice, bob, smtp, settings, mood):
    smtp.mood = mood
    if mood == "closed":
        settings.EMAIL_PORT = 1
    said(alice)
    said(bob)
    assert send_due() == 0
    assert all(notice.last_error and notice.tries == 1 for notice in OutboxEmail.objects.all())
    smtp.mood, settings.EMAIL_PORT = "takes", smtp.port
    due_again()
    assert send_due() == 2
    assert {mail["To"] for mail in smtp.mails} == {"alice@example.org", "bob@example.org"}
    assert not OutboxEmail.objects.exclude(last_error="").exists()


def test_an_email_whose_receipt_was_lost_is_sent_again_with_the_same_message_id(alice, smtp):
    smtp.mood = "hangs after"
    said(alice)
    assert send_due() == 0
    smtp.mood = "takes"
    due_again()
    assert send_due() == 1
    first, second = smtp.mails
    assert first["Message-ID"] == second["Message-ID"]


def test_an_address_that_no_mail_can_carry_holds_up_no_other(alice, smtp):
    said("two@signs@example.org", kind=EmailKind.INVITED)
    said("ünï@example.org", "b", kind=EmailKind.INVITED)
    said(alice)
    assert send_due() >= 1
    assert "alice@example.org" in {mail["To"] for mail in smtp.mails}


def test_the_log_names_no_address(alice, smtp, caplog):
    smtp.mood = "refuses"
    said(alice)
    send_due()
    assert "was not sent" in caplog.text
    assert "example.org" not in caplog.text


def test_the_check_finds_emails_that_nothing_sends(alice, capsys):
    said(alice)
    call_command("send_emails", "--check")
    OutboxEmail.objects.update(not_before=timezone.now() - timedelta(hours=1))
    with pytest.raises(SystemExit):
        call_command("send_emails", "--check")
    call_command("send_emails")
    call_command("send_emails", "--check")
    assert "1 sent, 0 waiting" in capsys.readouterr().out


# Switching off


def test_a_kind_that_is_turned_off_is_not_sent_and_the_others_are(alice):
    choose(user=alice, kinds=[EmailKind.REJECTED])
    said(alice, "a", EmailKind.SCORED)
    said(alice, "b", EmailKind.REJECTED)
    assert [notice.kind for notice in OutboxEmail.objects.all()] == ["rejected"]


def test_turning_a_kind_off_drops_its_waiting_emails(alice, bob):
    said(alice)
    said(bob)
    choose(user=alice, kinds=[])
    assert send_due() == 1
    assert mail.outbox[0].to == ["bob@example.org"]


def test_an_invitation_is_not_sent_to_a_person_who_turned_invitations_off(alice):
    choose(user=alice, kinds=[])
    said("ALICE@example.org", kind=EmailKind.INVITED)
    assert not OutboxEmail.objects.exists()


@pytest.mark.parametrize("kind", [EmailKind.ALERT, EmailKind.IMPORTANT])
def test_alerts_and_important_mails_cannot_be_turned_off(organiser, kind):
    choose(user=organiser, kinds=[])
    said(organiser, kind=kind)
    assert send_due() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        EmailOptOut.objects.create(user=organiser, kind=kind)


def test_the_page_shows_and_saves_the_preferences(client, alice):
    client.force_login(alice)
    assert client.get(PAGE).content.decode().count(" checked") == 7
    answer = client.post(PAGE, {"kinds": ["scored", "deadline"]}, follow=True)
    assert "Your e-mail preferences were saved." in answer.content.decode()
    assert answer.content.decode().count(" checked") == 2
    assert chosen(alice) == [EmailKind.SCORED, EmailKind.DEADLINE]
    assert "Your e-mail preferences" not in client.post(PAGE, {"kinds": ["alert"]}).content.decode()
    assert chosen(alice) == [EmailKind.SCORED, EmailKind.DEADLINE]
    client.post(PAGE, {"kinds": services.OPTIONAL_KINDS})
    assert not EmailOptOut.objects.exists()


def test_the_page_mentions_alerts_to_organisers_only(client, alice, organiser):
    for person, count in ((alice, 0), (organiser, 1)):
        client.force_login(person)
        assert client.get(PAGE).content.decode().count("alerts to organisers") == count


def test_the_account_page_links_to_the_preferences(client, alice):
    client.force_login(alice)
    assert f'href="{PAGE}"' in client.get("/account/").content.decode()


# The admin


def test_organisers_look_emails_up_and_superusers_alone_read_their_texts(client, alice, organiser, admin):
    said(alice)
    url = f"/admin/outbox/outboxemail/{OutboxEmail.objects.get().pk}/change/"
    for person, text_is_shown in ((organiser, False), (admin, True)):
        client.force_login(person)
        page = client.get(url).content.decode()
        assert "It was scored" in page
        assert ("Well done." in page) is text_is_shown
        assert "Well done." not in client.get("/admin/outbox/outboxemail/?q=Well").content.decode()
        assert client.post(url, {"subject": "Another"}).status_code == 403
        assert client.get("/admin/outbox/outboxemail/add/").status_code == 403
        assert client.post(url.replace("change", "delete"), {"post": "yes"}).status_code == 403
