"""Who is calling, and what a token tells about its owner."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from server.accounts.models import ApiToken
from server.accounts.services import revoke_token

PRIVATE = ("/api/v1/me/", "/api/v1/team/", "/api/v1/submissions/")


@pytest.mark.both_setups
def test_me_says_whose_token_it_is(alice):
    me = alice.get("/api/v1/me/").json()
    assert me == {
        "email": "alice@example.org",
        "name": "Alice",
        "organiser": False,
        "team": {"name": "alices", "affiliation": "Alice & Co"},
        "token": {"label": "laptop", "scope": "submit", "expires_at": None},
    }


def test_the_team_shows_its_members_and_the_slots_it_has_left(alice, bob, phase):
    alice.submit(phase)
    team = bob.get("/api/v1/team/").json()
    roles = {member["name"]: member["role"] for member in team["members"]}
    assert roles == {"Alice": "captain", "Bob": "member"}
    (open_phase,) = team["phases"]
    assert (open_phase["id"], open_phase["slots_left"], open_phase["next_reset"]) == (phase.pk, 1, None)
    assert "example.org" not in str(team)


def test_a_monthly_quota_says_when_it_starts_anew(alice, phase):
    phase.per, phase.closes_at = "month", None
    phase.save()
    (open_phase,) = alice.get("/api/v1/team/").json()["phases"]
    assert open_phase["next_reset"].endswith("-01T00:00:00Z")


def test_who_is_in_no_team_is_told_what_to_do(charlie):
    answer = charlie.get("/api/v1/team/")
    assert answer.status_code == 404
    assert "team" in answer.json()["detail"]
    assert charlie.get("/api/v1/me/").json()["team"] is None


@pytest.mark.parametrize("path", PRIVATE)
def test_without_a_token_nothing_private_is_told(visitor, path):
    answer = visitor.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", PRIVATE)
def test_what_is_private_is_kept_by_no_cache(alice, path):
    assert {"private", "no-store"} <= set(alice.get(path)["Cache-Control"].split(", "))


@pytest.mark.parametrize("header", ["Bearer lid_wrong", "Bearer", "bearer ", "Bearer \x00é", "Bearer lid_a lid_b"])
def test_a_bad_token_is_refused_even_where_none_is_needed(visitor, phase, header):
    answer = visitor.get("/api/v1/tracks/", HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401
    assert "account page" in answer.json()["detail"]


@pytest.mark.both_setups
def test_revoked_expired_and_inactive_ones_are_refused(alice, bob, charlie):
    revoke_token(alice.token)
    ApiToken.objects.filter(pk=bob.token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    charlie.user.is_active = False
    charlie.user.save()
    for program in (alice, bob, charlie):
        assert program.get("/api/v1/me/").status_code == 401


def test_what_the_database_keeps_authenticates_nobody(visitor, alice):
    answer = visitor.get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {alice.token.digest}")
    assert answer.status_code == 401


def test_a_log_in_on_the_site_counts_for_nothing_here(alice, phase):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice.user)
    assert browser.get("/api/v1/me/").status_code == 401
    assert browser.post("/api/v1/submissions/", {"phase": phase.pk}).status_code == 401


def test_the_last_use_is_remembered(alice):
    alice.get("/api/v1/me/")
    assert ApiToken.objects.get(pk=alice.token.pk).last_used_at
