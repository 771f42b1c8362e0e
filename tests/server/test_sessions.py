"""Sessions: when they begin and end, what their cookies say, and where a log-in may lead."""

import time
from datetime import timedelta

import pytest
from django.conf import settings as configured
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from server.accounts.models import ApiToken
from server.accounts.services import LOGGED_IN_AT, make_token
from tests.fixtures import PASSWORD

pytestmark = pytest.mark.django_db
LOG_IN, PROFILE = reverse("account_login"), reverse("accounts:profile")
NEW = "eight imperfect days"
COOKIE = configured.SESSION_COOKIE_NAME


def log_in(client: Client, user, **more):
    return client.post(LOG_IN, {"login": user.email, "password": PASSWORD, **more})


def is_in(client: Client) -> bool:
    return client.get(PROFILE).status_code == 200


# They begin


@pytest.mark.parametrize("begun", [True, False])
def test_a_log_in_takes_a_new_session_whatever_cookie_was_there(client, alice, begun):
    attacker = Client()
    if begun:
        attacker.post(reverse("account_reset_password"), {"email": "x@example.org"})
        attacker.session.save()
    preset = attacker.session.session_key or "an0ldk3ythatsomebodyelseknows000"
    client.cookies[COOKIE] = preset
    log_in(client, alice)
    assert client.cookies[COOKIE].value != preset
    assert not Session.objects.filter(pk=preset).exists()
    other = Client()
    other.cookies[COOKIE] = preset
    assert (is_in(client), is_in(other)) == (True, False)


def test_another_person_who_logs_in_finds_nothing_of_the_one_before(client, alice, charlie):
    log_in(client, alice)
    before = client.cookies[COOKIE].value
    client.post(reverse("account_logout"))
    log_in(client, charlie)
    assert client.cookies[COOKIE].value != before
    assert client.session["_auth_user_id"] == str(charlie.pk)


# They end


def test_a_log_out_ends_the_session_on_the_server(client, alice):
    log_in(client, alice)
    stolen = Client()
    stolen.cookies[COOKIE] = key = client.cookies[COOKIE].value
    assert is_in(stolen)
    client.post(reverse("account_logout"))
    assert not Session.objects.filter(pk=key).exists()
    assert not is_in(stolen)


def test_looking_at_the_log_out_page_logs_nobody_out(client, alice):
    log_in(client, alice)
    assert client.get(reverse("account_logout")).status_code == 200
    assert is_in(client)


def test_a_change_of_password_ends_all_other_sessions_and_gives_this_one_a_new_id(logged_in, alice):
    here, there = logged_in(alice), logged_in(alice)
    before = here.cookies[COOKIE].value
    here.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert (is_in(here), is_in(there)) == (True, False)
    assert here.cookies[COOKIE].value != before


@pytest.mark.parametrize(("ticked", "left"), [({}, 2), ({"revoke_tokens": "on"}, 0)])
def test_a_change_of_password_revokes_the_tokens_only_at_the_persons_wish(logged_in, alice, charlie, ticked, left):
    for user in (alice, alice, charlie):
        make_token(user=user, label="cluster", scope="read", days=None)
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    logged_in(alice).post(reverse("account_change_password"), form | ticked)
    assert ApiToken.objects.filter(user=alice, revoked_at=None).count() == left
    assert ApiToken.objects.filter(user=charlie, revoked_at=None).count() == 1


@pytest.mark.parametrize(("ticked", "left"), [({}, 1), ({"revoke_tokens": "on"}, 0)])
def test_a_reset_ends_all_sessions_and_the_tokens_at_the_persons_wish(logged_in, alice, mailoutbox, ticked, left):
    make_token(user=alice, label="cluster", scope="read", days=None)
    thief, owner = logged_in(alice), Client()
    owner.post(reverse("account_reset_password"), {"email": alice.email})
    link = next(word for word in mailoutbox[-1].body.split() if "/reset/key/" in word)
    owner.post(owner.get(link)["Location"], {"password1": NEW, "password2": NEW} | ticked)
    assert (is_in(owner), is_in(thief)) == (True, False)
    assert ApiToken.objects.filter(revoked_at=None).count() == left


def test_a_change_with_the_wrong_old_password_changes_nothing(logged_in, alice):
    here, there = logged_in(alice), logged_in(alice)
    make_token(user=alice, label="cluster", scope="read", days=None)
    form = {"oldpassword": "wrong", "password1": NEW, "password2": NEW, "revoke_tokens": "on"}
    assert "current password" in here.post(reverse("account_change_password"), form).content.decode()
    assert is_in(there)
    assert ApiToken.objects.filter(revoked_at=None).exists()


@pytest.mark.both_setups
def test_a_person_ends_all_their_other_sessions_and_nobody_elses(logged_in, alice, charlie):
    here, there, rival = logged_in(alice), logged_in(alice), logged_in(charlie)
    assert "ended all other sessions" not in here.get(PROFILE).content.decode()
    answer = here.post(reverse("accounts:end_sessions"), follow=True)
    assert "All your other sessions have ended" in answer.content.decode()
    assert "ended all other sessions" in here.get(PROFILE).content.decode()
    assert (is_in(here), is_in(there), is_in(rival)) == (True, False, True)
    assert is_in(logged_in(alice))


def test_ending_the_others_does_not_lengthen_ones_own(logged_in, alice):
    client = logged_in(alice)
    began = client.session[LOGGED_IN_AT]
    client.post(reverse("accounts:end_sessions"))
    assert client.session[LOGGED_IN_AT] == began


@pytest.mark.parametrize(
    ("who", "age", "goes_on"),
    [
        ("organiser", timedelta(hours=7, minutes=59), True),
        ("organiser", timedelta(hours=8), False),
        ("admin", timedelta(hours=8), False),
        ("alice", timedelta(hours=8), True),
        ("alice", timedelta(days=14), False),
    ],
)
def test_a_session_ends_by_its_age_however_busy_it_is(logged_in, request, monkeypatch, who, age, goes_on):
    client, now = logged_in(request.getfixturevalue(who)), time.time()
    client.post(PROFILE, {"name": "Busy"})
    monkeypatch.setattr("server.accounts.services.time.time", lambda: now + age.total_seconds())
    assert is_in(client) is goes_on
    if not goes_on:
        assert "Log in again" in client.get(PROFILE, follow=True).content.decode()


def test_who_becomes_an_organiser_has_an_organisers_session(logged_in, alice, monkeypatch):
    client, now = logged_in(alice), time.time()
    alice.is_staff = True
    alice.save()
    monkeypatch.setattr("server.accounts.services.time.time", lambda: now + 9 * 3600)
    assert not is_in(client)


def test_a_session_from_before_its_begin_was_noted_goes_on_and_begins_now(logged_in, alice, monkeypatch):
    client, now = logged_in(alice), time.time()
    session = client.session
    del session[LOGGED_IN_AT]
    session.save()
    assert is_in(client)
    monkeypatch.setattr("server.accounts.services.time.time", lambda: now + timedelta(days=15).total_seconds())
    assert not is_in(client)


# Their cookies


def test_the_session_cookie_is_out_of_reach_of_scripts_and_of_other_sites(client, alice):
    log_in(client, alice)
    cookie = client.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")
    assert client.cookies["csrftoken"]["samesite"] == "Lax"
    assert set(client.cookies) == {COOKIE, "csrftoken"}


def test_account_pages_are_kept_by_no_cache(logged_in, alice):
    client = logged_in(alice)
    for page in (PROFILE, reverse("account_email"), reverse("mfa_index"), reverse("account_change_password")):
        assert {"no-store", "private"} <= set(client.get(page).headers["Cache-Control"].split(", "))


@pytest.mark.parametrize(
    "page", ["account_login", "account_logout", "accounts:end_sessions", "accounts:make_token"]
)
def test_a_forged_post_changes_nothing(alice, page):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post(reverse(page)).status_code == 403
    assert is_in(client)


# Where a log-in leads


@pytest.mark.parametrize(
    "target",
    [
        *("https://evil.example/", "//evil.example/", "///evil.example", "/\\evil.example", "\\\\evil.example"),
        *(
            "http:evil.example",
            "javascript:alert(1)",
            "https://testserver@evil.example/",
        ),
        *("http://testserver.evil.example/", "https:///evil.example", "\t//evil.example", "data:text/html,x"),
    ],
)
def test_a_log_in_leads_to_no_other_site(client, alice, target):
    for answer in (log_in(client, alice, next=target), client.get(LOG_IN, {"next": target})):
        assert answer.status_code == 302
        place = answer.headers["Location"]
        assert place.startswith("/")
        assert not place.startswith(("//", "/\\"))
        assert "evil.example" not in place


def test_a_log_in_leads_where_one_wanted_to_go(client, alice):
    assert log_in(client, alice, next="/team/").headers["Location"] == "/team/"


@pytest.mark.parametrize("page", ["account_logout", "account_signup"])
def test_log_out_and_sign_up_lead_to_no_other_site(client, alice, page):
    log_in(client, alice)
    answer = client.post(reverse(page), {"next": "https://evil.example/"})
    assert "evil.example" not in answer.headers["Location"]
