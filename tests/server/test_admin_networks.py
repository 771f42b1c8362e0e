"""ADMIN_NETWORKS: to whom the admin exists."""

from ipaddress import ip_network

import pytest
from django.conf import settings as configured
from django.urls import reverse

pytestmark = pytest.mark.django_db


@pytest.fixture
def near(settings):
    settings.ADMIN_NETWORKS = [ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")]
    return settings


def test_without_networks_the_admin_is_open_to_every_address(client, organiser):
    assert configured.ADMIN_NETWORKS == []
    client.force_login(organiser)
    assert client.get(reverse("admin:index"), REMOTE_ADDR="203.0.113.7").status_code == 200


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("10.1.2.3", 200),
        ("2001:db8::7", 200),
        ("::ffff:10.1.2.3", 200),
        ("11.1.2.3", 404),
        ("2001:db9::7", 404),
        ("", 404),
        ("unknown", 404),
    ],
)
def test_the_admin_exists_only_to_its_networks(client, organiser, near, address, status):
    client.force_login(organiser)
    for page in ("admin:index", "desk:desk"):
        assert client.get(reverse(page), REMOTE_ADDR=address).status_code == status
    assert client.get("/", REMOTE_ADDR=address).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "/admin",
        "/admin/login/",
        "/admin/tracks/phase/",
        "/admin/nonsense",
        "/organisers/",
        "/api/v1/admin/",
        "/api/v1/admin/x/",
    ],
)
def test_to_others_no_address_of_the_admin_is_another_than_a_missing_one(client, near, path):
    page, missing = (client.get(each, REMOTE_ADDR="203.0.113.7") for each in (path, "/nothing/"))
    assert page.status_code == missing.status_code == 404
    assert "Page not found" in page.content.decode()


def test_what_a_client_says_of_its_address_counts_only_behind_a_proxy_of_ours(client, organiser, near):
    client.force_login(organiser)
    forged = {"HTTP_X_FORWARDED_FOR": "10.1.2.3", "REMOTE_ADDR": "203.0.113.7"}
    assert client.get(reverse("admin:index"), **forged).status_code == 404
    near.TRUSTED_PROXY = True
    near.SECURE_SSL_REDIRECT = False
    for said, status in (
        ("10.1.2.3", 200),
        ("10.1.2.3, 203.0.113.7", 404),
        ("203.0.113.7, 10.1.2.3", 200),
        ("", 404),
    ):
        answer = client.get(reverse("admin:index"), HTTP_X_FORWARDED_FOR=said, REMOTE_ADDR="10.0.0.1")
        assert answer.status_code == status, said
