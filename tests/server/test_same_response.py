"""Nobody learns from an answer whether an address has an account."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import hashers
from django.core import mail
from django.urls import reverse

from server.accounts.models import User
from tests.fixtures import PASSWORD

pytestmark = pytest.mark.django_db
NEW = "eight imperfect days"


@pytest.fixture
def closed(person):
    return person("Clara", is_active=False)


@pytest.fixture
def unverified(person):
    user = person("Ursula")
    EmailAddress.objects.filter(user=user).update(verified=False)
    return user


@pytest.fixture
def addresses(alice, closed, unverified):
    """Every kind of address there is."""
    return [alice.email, closed.email, unverified.email, "nobody@example.org"]


def told(client, page: str, form: dict[str, str]) -> tuple[int, str, str]:
    """Status, target and text of an answer with the page it leads to, but for what was typed, token and clock."""
    answer = client.post(reverse(page), form)
    target = answer.headers.get("Location", "")
    shown = client.get(target) if target else answer
    text = shown.content.decode()
    for typed in (form.get("email"), form.get("login")):
        text = text.replace(typed or "\0", "ADDRESS")
    text = re.sub(r'value="\w{64}"', "", text)
    return (
        answer.status_code,
        target,
        re.sub(r"\d{4}-\d\d-\d\dT[\d:+.]+|\d{1,2} \w{3} \d{4},? \d\d:\d\d", "", text),
    )


def test_a_log_in_that_fails_looks_the_same_for_all(client_of, addresses):
    answers = {told(client_of(), "account_login", {"login": one, "password": "wrong"}) for one in addresses}
    assert len(answers) == 1
    assert "not correct" in answers.pop()[2]


def test_the_right_password_of_a_closed_account_looks_like_a_wrong_one(client_of, closed):
    right = told(client_of(), "account_login", {"login": closed.email, "password": PASSWORD})
    wrong = told(client_of(), "account_login", {"login": closed.email, "password": "wrong"})
    assert right == wrong


def test_a_log_in_hashes_a_password_once_whether_or_not_there_is_an_account(client_of, addresses, monkeypatch):
    hashed = []
    slow = hashers.PBKDF2PasswordHasher.encode

    def counted(self, *arguments, **options):
        hashed.append(self.iterations)
        return slow(self, *arguments, **options)

    monkeypatch.setattr(hashers.PBKDF2PasswordHasher, "encode", counted)
    counts = []
    for one in addresses:
        hashed.clear()
        client_of().post(reverse("account_login"), {"login": one, "password": "wrong"})
        counts.append(list(hashed))
    assert counts == [[hashers.PBKDF2PasswordHasher.iterations]] * 4


def test_sign_up_looks_the_same_for_all_and_hashes_a_password_for_all(client_of, addresses, monkeypatch):
    hashed = []
    monkeypatch.setattr(User, "set_password", lambda self, password: hashed.append(password))
    form = {"name": "Erin", "password1": NEW, "password2": NEW}
    answers = {told(client_of(), "account_signup", form | {"email": one}) for one in addresses}
    assert len(answers) == 1
    assert len(hashed) == 4
    assert [letter.to for letter in mail.outbox] == [[one] for one in addresses]
    assert User.objects.count() == 4


def test_a_reset_looks_the_same_for_all_and_the_difference_goes_by_mail(client_of, addresses):
    answers = {told(client_of(), "account_reset_password", {"email": one}) for one in addresses}
    assert len(answers) == 1
    assert [letter.to for letter in mail.outbox] == [[one] for one in addresses]
    with_link = ["/password/reset/key/" in letter.body for letter in mail.outbox]
    assert with_link == [True, False, True, False]


def test_the_limit_of_resets_looks_the_same_for_all(client_of, addresses):
    for number, one in enumerate(addresses):
        client = client_of(REMOTE_ADDR=f"203.0.113.{number}")
        answers = [client.post(reverse("account_reset_password"), {"email": one}) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [302] * 5 + [429]


def test_only_who_knows_the_password_has_the_verification_sent_again(client_of, unverified):
    wrong = told(client_of(), "account_login", {"login": unverified.email, "password": "wrong"})
    unknown = told(client_of(), "account_login", {"login": "nobody@example.org", "password": "wrong"})
    assert wrong == unknown
    assert mail.outbox == []
    status, target, _ = told(client_of(), "account_login", {"login": unverified.email, "password": PASSWORD})
    assert (status, target) == (302, reverse("account_email_verification_sent"))
    assert [letter.to for letter in mail.outbox] == [[unverified.email]]


def test_adding_an_address_that_is_taken_looks_like_adding_a_free_one(logged_in, alice, charlie, closed):
    client, wish, answers = logged_in(alice), {"action_add": "1"}, set()
    client.get(reverse("account_email"))  # shows that the log-in succeeded, once
    for one in (charlie.email, closed.email, "nobody@example.org"):
        answers.add(told(client, "account_email", wish | {"email": one}))
        EmailAddress.objects.filter(user=alice, email=one).delete()
    assert len(answers) == 1
