"""Limits of failed log-ins, and that nobody can lock out somebody else."""

import os
import re
import uuid
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, build_opener

import pytest
from django.conf import settings as configured
from django.core import mail
from django.core.cache import cache
from django.urls import reverse
from rest_framework.test import APIClient

from server import settings as server_settings
from server.accounts.services import make_token
from tests.fixtures import PASSWORD
from tests.processes import site_of

pytestmark = pytest.mark.django_db
LOG_IN, RESET = reverse("account_login"), reverse("account_reset_password")
TOO_MANY = "Too many attempts failed"


def try_password(client, email: str, password: str = "wrong", **headers) -> str:  # noqa: S107
    return client.post(LOG_IN, {"login": email, "password": password}, **headers).content.decode()


def lock_out(client, email: str) -> None:
    """What a rival does: fail for the address until the limit is hit."""
    for _ in range(5):
        assert TOO_MANY not in try_password(client, email)
    assert TOO_MANY in try_password(client, email)


def test_every_limit_is_stated():
    stated = configured.ACCOUNT_RATE_LIMITS
    assert stated["login_failed"] == "20/m/ip,5/5m/key"
    assert stated["reset_password"].endswith("5/h/key"), "links live for an hour: one of the five always works"
    assert set(stated) >= {"login", "signup", "confirm_email", "change_password", "manage_email", "reauthenticate"}


def test_after_five_failures_even_the_right_password_waits_and_the_page_says_how_to_get_in(client, alice):
    lock_out(client, alice.email)
    told = try_password(client, alice.email, PASSWORD)
    assert "five minutes" in told
    assert "reset your password" in told
    assert "_auth_user_id" not in client.session


def test_another_spelling_or_host_is_no_other_count(client, alice):
    lock_out(client, alice.email)
    assert TOO_MANY in try_password(client, alice.email, PASSWORD, HTTP_HOST="localhost:4711")
    assert TOO_MANY in try_password(client, "ALICE@example.org", PASSWORD)


def test_the_limit_of_one_address_is_not_that_of_another(client_of, alice, charlie, logged_in):
    lock_out(client_of(), alice.email)
    logged_in(charlie)


def test_a_mailed_reset_lets_in_whom_a_rival_locked_out(client, client_of, alice, logged_in):
    rival = client_of()
    lock_out(rival, alice.email)
    client.post(RESET, {"email": alice.email})
    address = client.get(re.search(r"(/account/password/reset/key/\S+)", mail.outbox[-1].body)[1])["Location"]
    assert TOO_MANY in try_password(rival, alice.email)
    client.post(address, {"password1": PASSWORD + "!", "password2": PASSWORD + "!"})
    assert client.session["_auth_user_id"] == str(alice.pk)
    lock_out(rival, alice.email)
    assert client.get(reverse("accounts:profile")).status_code == 200, "the rival goes on; she stays in"


def test_a_rival_who_uses_up_the_resets_only_mails_links_that_let_the_person_in(client, client_of, alice):
    rival = client_of()
    for _ in range(5):
        assert rival.post(RESET, {"email": alice.email}).status_code == 302
    assert client.post(RESET, {"email": alice.email}).status_code == 429
    assert len(mail.outbox) == 5
    address = client.get(re.search(r"(/account/password/reset/key/\S+)", mail.outbox[0].body)[1])["Location"]
    client.post(address, {"password1": PASSWORD + "!", "password2": PASSWORD + "!"})
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_who_is_logged_in_and_whose_programs_run_notice_nothing(client_of, logged_in, alice):
    _, secret = make_token(user=alice, label="cluster", scope="submit", days=None)
    at_home = logged_in(alice)
    lock_out(client_of(), alice.email)
    assert at_home.get(reverse("accounts:profile")).status_code == 200
    assert APIClient(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/me/").status_code == 200


def test_many_addresses_are_tried_from_one_place_only_so_often(client):
    for number in range(20):
        try_password(client, f"nobody{number}@example.org")
    assert TOO_MANY in try_password(client, "nobody@example.org")


def test_behind_the_proxy_each_visitor_has_a_limit_of_their_own(client, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(20):
        try_password(client, f"nobody{number}@example.org", HTTP_X_FORWARDED_FOR="203.0.113.7")
    assert TOO_MANY in try_password(client, "x@example.org", HTTP_X_FORWARDED_FOR="203.0.113.7")
    assert TOO_MANY in try_password(client, "x@example.org", HTTP_X_FORWARDED_FOR="198.51.100.1, 203.0.113.7")
    assert TOO_MANY not in try_password(client, "x@example.org", HTTP_X_FORWARDED_FOR="203.0.113.8")


def test_without_a_proxy_nobody_chooses_an_address_for_themselves(client):
    for number in range(20):
        try_password(client, f"nobody{number}@example.org", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
    assert TOO_MANY in try_password(client, "x@example.org", HTTP_X_FORWARDED_FOR="203.0.113.99")


# The page that says when


def test_the_page_says_in_minutes_when_to_try_again(client):
    for _ in range(5):
        client.post(RESET, {"email": "alice@example.org"})
    answer = client.post(RESET, {"email": "Alice@example.org"})
    assert answer.status_code == 429
    assert 3500 < int(answer.headers["Retry-After"]) <= 3600
    assert "Try again in 60 minutes." in answer.content.decode()


def test_the_page_says_in_seconds_when_to_try_again(client):
    for _ in range(30):
        assert client.post(LOG_IN).status_code == 200
    answer = client.post(LOG_IN)
    assert answer.status_code == 429
    assert 50 < int(answer.headers["Retry-After"]) <= 60
    assert f"Try again in {answer.headers['Retry-After']} seconds." in answer.content.decode()
    assert client.get(LOG_IN).status_code == 200, "looking is free"


def test_the_limit_of_a_logged_in_person_says_when_too(logged_in, alice):
    client = logged_in(alice)
    for _ in range(5):
        client.post(reverse("account_change_password"))
    assert 50 < int(client.post(reverse("account_change_password")).headers["Retry-After"]) <= 60


# One count for all processes


@pytest.mark.both_setups
@pytest.mark.django_db(transaction=True)
def test_failures_count_across_processes(folders, tmp_path, shown):
    address = f"{uuid.uuid4()}@example.org"
    sites, shared = [], os.environ.get("CACHE_URL", "dbcache://cache")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        sites.append(shown(site_of(folders, tmp_path / name, CACHE_URL=shared)).started())
    told = [TOO_MANY in post(sites[number % 2].url, address) for number in range(6)]
    assert told == [False] * 5 + [True]


def post(url: str, address: str) -> str:
    token = "a" * 32
    form = {"login": address, "password": "a wrong password", "csrfmiddlewaretoken": token}
    request = Request(url + LOG_IN, urlencode(form).encode(), {"Cookie": f"csrftoken={token}"})  # noqa: S310
    try:
        with build_opener().open(request) as answer:
            return answer.read().decode()
    except HTTPError as error:
        return error.read().decode()


def test_the_cache_in_the_database_is_not_emptied_by_trying_many_addresses(settings):
    settings.CACHES = {"default": server_settings.CACHES["default"] | {"TIMEOUT": 60}}
    if "Database" not in settings.CACHES["default"]["BACKEND"]:
        pytest.skip("about the cache in the database")
    cache.set_many({f"address-{number}": [0.0] for number in range(400)})
    assert len(cache.get_many([f"address-{number}" for number in range(400)])) == 400
