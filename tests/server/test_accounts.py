"""Accounts: tokens, what organisers may do, and sign-up by a mailed link."""

import hashlib
import re
from datetime import timedelta
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from server.accounts import services
from server.accounts.models import ApiToken, User

pytestmark = pytest.mark.django_db
NEWCOMER = {"name": "Erin", "email": "erin@example.org", "password1": "imperfect data 2020"}


@pytest.fixture
def token_and_secret(alice):
    return services.make_token(user=alice, label="cluster", scope="submit", days=90)


def test_a_secret_is_nowhere_in_the_database(token_and_secret, tmp_path):
    token, secret = token_and_secret
    dump = tmp_path / "dump.json"
    call_command("dumpdata", output=str(dump), verbosity=0)
    assert secret not in dump.read_text()
    assert secret.removeprefix("lid_") not in dump.read_text()
    assert ApiToken.objects.get().digest == hashlib.sha256(secret.encode()).hexdigest()
    assert ApiToken.objects.from_secret(token.digest) is None


def test_a_secret_says_what_it_is_and_is_never_the_same():
    secrets = {ApiToken.new_secret() for _ in range(20)}
    assert len(secrets) == 20
    assert all(re.fullmatch(r"lid_[\w-]{43}", secret) for secret in secrets)


def test_a_secret_leads_to_its_token_and_person(token_and_secret, alice):
    token, secret = token_and_secret
    assert ApiToken.objects.from_secret(secret) == token
    assert ApiToken.objects.from_secret(secret).user == alice
    assert ApiToken.objects.from_secret(secret + "x") is None
    assert ApiToken.objects.from_secret("") is None


def test_a_revoked_token_ends_and_revoking_twice_changes_nothing(token_and_secret):
    token, secret = token_and_secret
    services.revoke_token(token)
    revoked = ApiToken.objects.get().revoked_at
    services.revoke_token(token)
    assert ApiToken.objects.get().revoked_at == revoked
    assert ApiToken.objects.from_secret(secret) is None


def test_an_expired_token_does_not_work(token_and_secret):
    token, secret = token_and_secret
    assert abs(token.expires_at - timezone.now() - timedelta(days=90)) < timedelta(minutes=1)
    ApiToken.objects.update(expires_at=timezone.now())
    assert ApiToken.objects.from_secret(secret) is None


def test_a_token_for_ever_has_no_end(alice):
    token, secret = services.make_token(user=alice, label="robot", scope="read", days=None)
    assert token.expires_at is None
    assert ApiToken.objects.from_secret(secret) == token


def test_the_token_of_a_person_who_may_not_log_in_does_not_work(token_and_secret):
    User.objects.update(is_active=False)
    assert ApiToken.objects.from_secret(token_and_secret[1]) is None


def test_the_last_use_is_noted_to_the_minute(token_and_secret):
    services.note_use(token_and_secret[0])
    noted = ApiToken.objects.get()
    first = noted.last_used_at
    services.note_use(noted)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    services.note_use(ApiToken.objects.get())
    assert ApiToken.objects.get().last_used_at >= first


def test_nobody_revokes_another_persons_token(client, token_and_secret, charlie):
    client.force_login(charlie)
    answer = client.post(reverse("accounts:revoke_token", args=[token_and_secret[0].pk]))
    assert answer.status_code == 404
    assert ApiToken.objects.get().revoked_at is None


@pytest.mark.parametrize(
    "page",
    [
        *("accounts:profile", "accounts:make_token", "accounts:end_sessions", "account_email"),
        *("account_change_password", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes"),
    ],
)
def test_a_token_opens_no_account_page_so_it_makes_no_token_and_changes_nothing(client, token_and_secret, page):
    wish = {"label": "more", "scope": "submit", "days": "0", "name": "Mallory", "email": "m@example.org"}
    bearer = {"Authorization": f"Bearer {token_and_secret[1]}"}
    for answer in (client.post(reverse(page), wish, headers=bearer), client.get(reverse(page), headers=bearer)):
        assert answer.status_code in {302, 405}
        assert "/account/login/" in answer.headers.get("Location", "/account/login/")
    assert ApiToken.objects.count() == 1
    assert User.objects.get().name == "Alice"
    assert EmailAddress.objects.count() == 1


@pytest.mark.parametrize(
    ("permission", "may"),
    [
        ("tracks.view_track", True),
        ("tracks.add_groundtruth", True),
        ("submissions.view_submission", True),
        ("teams.change_team", True),
        ("leaderboard.view_review", True),
        ("accounts.view_user", False),
        ("accounts.change_user", False),
        ("account.view_emailaddress", False),
        ("auth.add_group", False),
        ("sessions.view_session", False),
    ],
)
def test_organisers_may_do_all_about_the_challenge_and_nothing_about_accounts(organiser, alice, permission, may):
    assert organiser.has_perm(permission) is may
    assert alice.has_perm(permission) is False


def test_an_organiser_whose_account_is_closed_may_do_nothing(organiser):
    organiser.is_active = False
    assert not organiser.has_perm("tracks.view_track")


def test_a_superuser_may_change_accounts(admin):
    assert admin.has_perm("accounts.change_user")


@pytest.mark.both_setups
def test_an_address_has_one_account_however_it_is_written(alice):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="ALICE@example.org", name="Not Alice")


def test_sign_up_with_a_name_needs_the_mailed_link(client):
    client.post(reverse("account_signup"), NEWCOMER | {"password2": NEWCOMER["password1"]})
    erin = User.objects.get(email="erin@example.org")
    assert erin.name == "Erin"
    assert not EmailAddress.objects.get(user=erin).verified
    assert "_auth_user_id" not in client.session
    assert client.get(reverse("accounts:profile")).status_code == 302
    (letter,) = mail.outbox
    assert letter.to == ["erin@example.org"]
    link = re.search(r"https?://[^/\s]+(/\S*confirm-email/\S+)", letter.body).group(1)
    client.get(link)
    assert not EmailAddress.objects.get(user=erin).verified, "a mail scanner that opens the link proves nothing"
    client.post(link)
    assert EmailAddress.objects.get(user=erin).verified
    assert client.session["_auth_user_id"] == str(erin.pk)


@pytest.mark.parametrize(
    "flaw",
    [{"name": ""}, {"password1": "too short"}, {"password1": "123456789012"}, {"email": "no address"}],
)
def test_sign_up_refuses_what_is_incomplete_or_weak(client, flaw):
    wish = NEWCOMER | flaw
    answer = client.post(reverse("account_signup"), wish | {"password2": wish["password1"]})
    assert answer.status_code in {200, 400}
    assert not User.objects.exists()
    assert mail.outbox == []


def test_sign_up_with_a_known_address_looks_the_same_and_tells_its_owner_by_mail(client, alice):
    unknown = client.post(reverse("account_signup"), NEWCOMER | {"password2": NEWCOMER["password1"]})
    client.logout()
    known = NEWCOMER | {"email": alice.email, "password2": NEWCOMER["password1"]}
    answer = client.post(reverse("account_signup"), known)
    assert (answer.status_code, answer.headers.get("Location")) == (
        unknown.status_code,
        unknown.headers["Location"],
    )
    assert User.objects.filter(email=alice.email).count() == 1
    assert mail.outbox[-1].to == [alice.email]
    assert "already" in mail.outbox[-1].body


@pytest.mark.django_db(transaction=True)
def test_the_real_server_mails_the_link(web):
    token = "a" * 32
    form = NEWCOMER | {"password2": NEWCOMER["password1"], "csrfmiddlewaretoken": token}
    request = Request(web.url + reverse("account_signup"), urlencode(form).encode())  # noqa: S310
    request.add_header("Cookie", f"csrftoken={token}")
    with urlopen(request) as answer:  # noqa: S310
        assert answer.url == web.url + reverse("account_email_verification_sent")
    (letter,) = web.mails()
    assert letter["To"] == "erin@example.org"
    assert f"{web.url}/account/confirm-email/" in letter.get_content()


def test_a_new_token_is_handed_to_its_owner_once_and_nothing_of_it_is_kept(client, alice, bob):
    client.force_login(alice)
    answer = client.post(reverse("accounts:make_token"), {"label": "cluster", "scope": "submit", "days": "90"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/#tokens")
    cookie = client.cookies["new-token"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (
        "/account/",
        True,
        "Strict",
        60,
    )
    assert not re.search(
        r"lid_\w{20}", "".join(str(vars(row)) for row in Session.objects.all()) + str(dict(client.session))
    )
    page = client.get("/account/").content.decode()
    (secret,) = set(re.findall(r"lid_[\w-]{20,}", page))
    assert ApiToken.objects.from_secret(secret) == ApiToken.objects.get()
    assert secret not in client.get("/account/").content.decode()


def test_a_new_token_is_not_shown_to_who_logs_in_next(client, alice, bob):
    client.force_login(alice)
    client.post(reverse("accounts:make_token"), {"label": "cluster", "scope": "submit", "days": "90"})
    client.force_login(bob)
    assert "Copy the token now" not in client.get("/account/").content.decode()
