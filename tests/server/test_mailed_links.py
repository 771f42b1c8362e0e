"""Links in e-mails: where they lead, how long and how often they work, and who can see them."""

import re
import time
from datetime import datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import mail, signing
from django.urls import reverse

from server.accounts.models import User
from tests.fixtures import PASSWORD

pytestmark = pytest.mark.django_db
NEW = "eight imperfect days"
NEWCOMER = {"name": "Erin", "email": "erin@example.org", "password1": NEW, "password2": NEW}
NEW_PASSWORD = {"password1": NEW, "password2": NEW}


def link_in(letter) -> str:
    """The path of the one link with a key."""
    (path,) = re.findall(r"https?://[^/\s]+(/account/(?:confirm-email|password/reset/key)/\S+)", letter.body)
    return path


def mailed(client, email: str = "alice@example.org", **headers) -> str:
    """Ask for a reset; returns the path of the link."""
    client.post(reverse("account_reset_password"), {"email": email}, **headers)
    return link_in(mail.outbox[-1])


def opened(client, link: str):
    """The page a link leads to, and its address."""
    answer = client.get(link)
    assert answer.status_code == 302
    return client.get(answer.headers["Location"]), answer.headers["Location"]


def sign_up(client, **headers) -> str:
    client.post(reverse("account_signup"), NEWCOMER, **headers)
    return link_in(mail.outbox[-1])


def test_a_reset_sets_the_password_and_logs_in(client, alice):
    page, address = opened(client, mailed(client))
    assert "<h1>Set a new password" in page.content.decode()
    client.post(address, NEW_PASSWORD)
    assert User.objects.get(pk=alice.pk).check_password(NEW)
    assert client.session["_auth_user_id"] == str(alice.pk)
    assert mail.outbox[-1].subject == "[LID challenge] Your password was reset"


def test_a_reset_link_works_once(client, client_of, alice):
    link = mailed(client)
    _, address = opened(client, link)
    client.post(address, NEW_PASSWORD)
    second = client_of()
    page, address = opened(second, link)
    assert "no longer works" in page.content.decode()
    second.post(address, {"password1": PASSWORD + "!", "password2": PASSWORD + "!"})
    assert User.objects.get(pk=alice.pk).check_password(NEW)


@pytest.mark.parametrize(("minutes", "works"), [(59, True), (61, False)])
def test_a_reset_link_lives_for_an_hour(client, alice, monkeypatch, minutes, works):
    link = mailed(client)
    later = datetime.now() + timedelta(minutes=minutes)  # noqa: DTZ005  (as Django's generator counts)
    monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda _: later)
    page, _ = opened(client, link)
    assert ("<h1>Set a new password" in page.content.decode()) is works


def test_a_reset_link_that_was_opened_in_time_does_not_outlive_its_hour(client, alice, monkeypatch):
    _, address = opened(client, mailed(client))
    later = datetime.now() + timedelta(minutes=61)  # noqa: DTZ005
    monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda _: later)
    assert "no longer works" in client.post(address, NEW_PASSWORD).content.decode()
    assert User.objects.get(pk=alice.pk).check_password(PASSWORD)


@pytest.mark.parametrize(("hours", "works"), [(23, True), (25, False)])
def test_a_verification_link_lives_for_a_day(client, monkeypatch, hours, works):
    link, now = sign_up(client), time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + hours * 3600)
    page, address = opened(client, link)
    assert ("Is this your address?" in page.content.decode()) is works
    client.post(address)
    assert EmailAddress.objects.get(email="erin@example.org").verified is works


def test_a_verification_link_works_once(client, client_of):
    link = sign_up(client)
    _, address = opened(client, link)
    client.post(address)
    assert client.session["_auth_user_id"] == str(User.objects.get(email="erin@example.org").pk)
    again = client_of()
    page, address = opened(again, link)
    assert "no longer works" in page.content.decode()
    assert "no longer works" in again.post(address, follow=True).content.decode()
    assert "_auth_user_id" not in again.session


def test_only_the_browser_that_signed_up_is_logged_in_by_the_link(client, client_of):
    link = sign_up(client)
    other = client_of()
    _, address = opened(other, link)
    other.post(address)
    assert EmailAddress.objects.get(email="erin@example.org").verified
    assert "_auth_user_id" not in other.session


@pytest.mark.parametrize("ask", [mailed, sign_up])
def test_no_page_and_no_referrer_carries_the_key_of_a_link(client, alice, ask):
    link = ask(client)
    key = re.split(r"/|(?<=\w)-(?=\w+-\w{32}/)", link.rstrip("/"))[-1]
    assert len(key) > 20
    first = client.get(link)
    assert first.headers["Referrer-Policy"] == "no-referrer"
    assert not first.content
    page = client.get(first.headers["Location"])
    assert key not in first.headers["Location"]
    assert key not in page.content.decode()
    assert page.headers["Referrer-Policy"] == "same-origin", "a form could not be posted from it otherwise"
    assert "no-store" in page.headers["Cache-Control"]


@pytest.mark.parametrize("ask", [mailed, sign_up])
@pytest.mark.parametrize("name", ["HTTP_HOST", "HTTP_X_FORWARDED_HOST"])
def test_links_lead_to_the_configured_host_whatever_host_is_asked(client, alice, settings, ask, name):
    settings.SITE_URL = "https://lid.example"
    settings.ALLOWED_HOSTS = ["lid.example", "evil.example", "testserver"]
    ask(client, **{name: "evil.example"})
    assert set(re.findall(r"https?://[^/\s]+", mail.outbox[-1].body)) == {"https://lid.example"}


@pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
@pytest.mark.parametrize("page", ["account_signup", "account_reset_password"])
def test_no_mail_at_all_names_the_host_that_was_asked(client, alice, settings, page, email):
    settings.SITE_URL = "https://lid.example"
    settings.ALLOWED_HOSTS = ["evil.example"]
    client.post(reverse(page), NEWCOMER | {"email": email}, HTTP_HOST="evil.example")
    (letter,) = mail.outbox
    assert "evil" not in letter.subject + letter.body
    assert "https://lid.example/account/" in letter.body


def test_an_unknown_host_is_refused(client, alice):
    answer = client.post(reverse("account_reset_password"), {"email": alice.email}, HTTP_HOST="evil.example")
    assert answer.status_code == 400
    assert mail.outbox == []


# Another address


def change_address(client, email: str = "alice@elsewhere.org") -> None:
    client.post(reverse("account_email"), {"action_add": "1", "email": email})


def test_another_address_takes_over_once_it_is_verified_and_the_old_one_is_told(logged_in, alice):
    client = logged_in(alice)
    change_address(client)
    client.post(reverse("account_email"), {"action_primary": "1", "email": "alice@elsewhere.org"})
    assert User.objects.get(pk=alice.pk).email == "alice@example.org", "not before it is verified"
    _, address = opened(client, link_in(mail.outbox[-1]))
    client.post(address)
    client.post(reverse("account_email"), {"action_primary": "1", "email": "alice@elsewhere.org"})
    assert User.objects.get(pk=alice.pk).email == "alice@elsewhere.org"
    assert mail.outbox[-1].to == ["alice@example.org"]
    assert "alice@elsewhere.org" in mail.outbox[-1].body


def test_a_session_that_is_not_fresh_gives_the_password_before_it_changes_the_address(client, alice):
    client.force_login(alice)
    answer = client.post(reverse("account_email"), {"action_add": "1", "email": "alice@elsewhere.org"})
    assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert not EmailAddress.objects.filter(email="alice@elsewhere.org").exists()
    client.post(answer.headers["Location"], {"password": PASSWORD})
    assert EmailAddress.objects.filter(email="alice@elsewhere.org", user=alice).exists()


def test_a_mistyped_address_that_was_never_verified_gets_no_reset_link(logged_in, client_of, alice):
    change_address(logged_in(alice), "alcie@example.org")
    client_of().post(reverse("account_reset_password"), {"email": "alcie@example.org"})
    assert mail.outbox[-1].to == ["alcie@example.org"]
    assert "No account has this address" in mail.outbox[-1].body


def test_naming_a_strangers_address_as_ones_own_does_not_keep_the_stranger_out(logged_in, client_of, alice):
    change_address(logged_in(alice), "erin@example.org")
    erin = client_of()
    mail.outbox.clear()
    erin.post(reverse("account_signup"), NEWCOMER)
    assert User.objects.get(email="erin@example.org").name == "Erin"


def test_an_account_that_was_never_verified_can_still_be_reset_by_who_reads_its_mail(client, client_of):
    sign_up(client)
    other = client_of()
    _, address = opened(other, mailed(other, "erin@example.org"))
    other.post(address, {"password1": PASSWORD, "password2": PASSWORD})
    assert User.objects.get(email="erin@example.org").check_password(PASSWORD)
