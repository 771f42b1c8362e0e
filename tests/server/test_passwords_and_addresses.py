"""Passwords in one spelling, and addresses that mail can reach."""

import unicodedata

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.urls import reverse

from server.accounts.addresses import check_deliverable, mailbox_of
from server.accounts.models import User
from server.accounts.passwords import LONGEST_NORMALISED
from server.outbox.models import OutboxEmail
from tests.fixtures import PASSWORD

pytestmark = pytest.mark.django_db
COMPOSED = "größe des wörterbuchs Å"
SPELLINGS = [COMPOSED, unicodedata.normalize("NFD", COMPOSED), COMPOSED.replace("Å", "\u212b")]
WIDE = "ｐａｓｓ１２３４５６７８９"


def log_in(client, user: User, password: str) -> bool:
    client.logout()
    client.post(reverse("account_login"), {"login": user.email, "password": password})
    return client.session.get("_auth_user_id") == str(user.pk)


@pytest.mark.parametrize("chosen", SPELLINGS)
def test_a_password_lets_its_owner_in_however_a_keyboard_spells_it(client, dora, chosen):
    dora.set_password(chosen)
    dora.save()
    assert [log_in(client, dora, typed) for typed in SPELLINGS] == [True] * 3
    assert not log_in(client, dora, COMPOSED.replace("ö", "o"))


def test_a_password_is_normalised_where_it_is_chosen_or_changed(client, alice, logged_in):
    nfd = SPELLINGS[1]
    form = {"name": "Eve", "email": "eve@example.org", "password1": nfd, "password2": nfd}
    client.post(reverse("account_signup"), form)
    assert User.objects.get(email="eve@example.org").check_password(COMPOSED)
    browser = logged_in(alice)
    form = {"oldpassword": PASSWORD, "password1": nfd, "password2": nfd}
    browser.post(reverse("account_change_password"), form)
    assert User.objects.get(pk=alice.pk).check_password(COMPOSED)
    wide = {"oldpassword": COMPOSED, "password1": WIDE, "password2": WIDE}
    browser.post(reverse("account_change_password"), wide)
    assert User.objects.get(pk=alice.pk).check_password("pass123456789")


@pytest.mark.parametrize("weak", ["１２３４５６７８９０１２", "ｐａｓｓｗｏｒｄ１２３４", "e\u0301" * 6 + "abcde"])
def test_a_weak_password_is_weak_in_any_spelling(client, weak):
    form = {"name": "Eve", "email": "eve@example.org", "password1": weak, "password2": weak}
    assert client.post(reverse("account_signup"), form).status_code == 200
    assert not User.objects.filter(email="eve@example.org").exists()


def test_a_password_of_many_marks_takes_no_time(dora):
    dora.set_password("\u0301\u0316" * LONGEST_NORMALISED * 500)
    assert dora.check_password("\u0301\u0316" * LONGEST_NORMALISED * 500)


REFUSED = {
    "İstanbul@example.org": "“İ” before the @",
    "ſam@example.org": "“ſ” before the @",
    "\u212aim@example.org": "before the @",
    '"a\x08b"@example.org': "before the @",
    "a" * 65 + "@example.org": "at most 64",
    "sam@ſite.org": "would go to “site.org”",
    "sam@ｅxample.org": "would go to “example.org”",
    "sam@straße.de": "would go to “strasse.de”",
}
TAKEN = [
    "sam@example.org",
    "o'hara+lid@sub.example.co.uk",
    "sam@bücher.example",
    "sam@例え.テスト",
    "SAM@EXAMPLE.ORG",
]


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_cannot_be_delivered_is_refused_in_words(address):
    with pytest.raises(ValidationError, match=REFUSED[address]):
        check_deliverable(address)


@pytest.mark.parametrize("address", TAKEN)
def test_an_address_that_can_be_delivered_is_taken(address):
    check_deliverable(address)


def test_a_mailbox_has_one_spelling():
    spellings = ["me@bücher.example", "Me+tag@BÜCHER.example", "me+a+b@xn--bcher-kva.example"]
    assert {mailbox_of(address) for address in spellings} == {"me@bücher.example"}
    assert mailbox_of("+me@example.org") == "+me@example.org"


def test_the_admin_refuses_it_too(client, admin, dora):
    client.force_login(admin)
    form = {"user": dora.pk, "email": "ſam@example.org"}
    answer = client.post(reverse("admin:account_emailaddress_add"), form)
    assert "No mail can be sent to an address" in answer.content.decode()


@pytest.mark.parametrize("address", ["İstanbul@example.org", "ſam@example.org", "sam@ſite.org"])
def test_every_door_refuses_it(client, alice, logged_in, address):
    form = {"name": "Sam", "email": address, "password1": COMPOSED, "password2": COMPOSED}
    browser = logged_in(alice)
    doors = [
        client.post(reverse("account_signup"), form),
        client.post(reverse("account_reset_password"), {"email": address}),
        browser.post(reverse("account_email"), {"email": address, "action_add": ""}),
        browser.post(reverse("teams:invite_person"), {"email": address}),
    ]
    for answer in doors:
        words = answer.content.decode()
        assert "No mail can be sent to an address" in words or "Mail to the domain" in words
    with pytest.raises(CommandError, match=r"[Mm]ail"):
        call_command("createsuperuser", email=address, name="Sam", interactive=False)
    assert not OutboxEmail.objects.exists()
    assert not EmailAddress.objects.exclude(user=alice).exists()
    assert list(User.objects.all()) == [alice]


@pytest.mark.parametrize(
    ("address", "letter"), [("jürgen@example.org", "ü"), ("山田@example.org", "山"), ("jé.ñ@example.org", "é")]
)
def test_every_form_says_which_letter_cannot_stand_before_the_at(client, alice, admin, logged_in, address, letter):
    form = {"name": "Sam", "email": address, "password1": COMPOSED, "password2": COMPOSED}
    browser, organiser = logged_in(alice), logged_in(admin)
    answers = [
        client.post(reverse("account_signup"), form),
        client.post(reverse("account_reset_password"), {"email": address}),
        browser.post(reverse("account_email"), {"email": address, "action_add": ""}),
        browser.post(reverse("teams:invite_person"), {"email": address}),
        organiser.post(reverse("admin:account_emailaddress_add"), {"user": alice.pk, "email": address}),
    ]
    for answer in answers:
        text = answer.content.decode()
        assert f"“{letter}” before the @: this part can only have ASCII characters" in text
        assert "Enter a valid email address." not in text
    with pytest.raises(CommandError, match="this part can only have ASCII characters"):
        call_command("createsuperuser", email=address, name="Sam", interactive=False)
    assert not EmailAddress.objects.exclude(user__in=[alice, admin]).exists()


def test_an_address_is_still_no_longer_than_the_table_takes(client):
    address = f"sam@{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 20}.org"
    form = {"name": "Sam", "email": address, "password1": COMPOSED, "password2": COMPOSED}
    assert "at most 254 characters" in client.post(reverse("account_signup"), form).content.decode()


def test_an_older_address_can_be_saved_as_it_is_in_the_admin(client, admin, dora):
    client.force_login(admin)
    older = EmailAddress.objects.create(user=dora, email="ſam@example.org")
    url = reverse("admin:account_emailaddress_change", args=[older.pk])
    assert client.post(url, {"user": dora.pk, "email": older.email, "verified": "on"}).status_code == 302
    assert EmailAddress.objects.get(pk=older.pk).verified
