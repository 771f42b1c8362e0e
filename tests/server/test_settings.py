"""The settings: the databases as they are meant to be, and a start that says what is wrong."""

import importlib.util
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.db import connection
from django.test import Client

from server.accounts.models import User
from tests import processes


def test_the_database_is_spoken_to_by_psycopg2_alone():
    assert importlib.util.find_spec("psycopg2")
    assert importlib.util.find_spec("psycopg") is None


@pytest.mark.both_setups
@pytest.mark.django_db
def test_the_database_is_the_one_this_run_is_for():
    vendor, embedded = connection.vendor, settings.EMBEDDED
    assert (vendor, embedded) in {("sqlite", True), ("postgresql", False)}
    if vendor == "postgresql":
        connection.ensure_connection()
        assert type(connection.connection).__module__.startswith("psycopg2")


@pytest.mark.django_db(transaction=True)
def test_sqlite_writes_ahead_and_waits_for_its_turn():
    if connection.vendor != "sqlite":
        pytest.skip("about SQLite")
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert cursor.execute("PRAGMA synchronous").fetchone() == (1,)  # NORMAL
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (20_000,)
        assert cursor.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert connection.transaction_mode == "IMMEDIATE"


@pytest.mark.both_setups
@pytest.mark.django_db
def test_postgresql_ends_what_takes_too_long():
    if connection.vendor != "postgresql":
        pytest.skip("about PostgreSQL")
    with connection.cursor() as cursor:
        for name, value in {"statement_timeout": "30s", "idle_in_transaction_session_timeout": "1min"}.items():
            cursor.execute(f"SHOW {name}")
            assert cursor.fetchone() == (value,)


@pytest.mark.django_db
def test_the_shared_cache_has_its_table():
    cache = DatabaseCache("cache", {})
    cache.set("rate", 7)
    assert cache.get("rate") == 7
    assert caches["default"].get("rate") is None


@pytest.mark.both_setups
@pytest.mark.django_db
def test_text_with_a_nul_is_refused_by_the_forms_on_both_databases(client, alice):
    client.force_login(alice)
    client.post("/account/", {"name": "Ali\x00ce"})
    assert User.objects.get(pk=alice.pk).name == "Alice"


def test_passwords_have_twelve_characters_at_least():
    lengths = [v["OPTIONS"]["min_length"] for v in settings.AUTH_PASSWORD_VALIDATORS if "OPTIONS" in v]
    assert lengths == [12]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/account/login/", "/nowhere", "/api/v1/tracks/"])
def test_every_answer_carries_the_protecting_headers(path):
    headers = Client().get(path).headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


def start_with(folder, **variables) -> subprocess.CompletedProcess:
    environment = processes.environment(folder, **variables)
    for name in [name for name, value in environment.items() if value == "absent"]:
        del environment[name]
    show = "from django.conf import settings; print(settings.SECRET_KEY, settings.LEASE.total_seconds())"
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", show],
        env=environment | {"DJANGO_SETTINGS_MODULE": "server.settings"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "value"), [("LEASE_SECONDS", "soon"), ("WORKER_CONCURRENCY", "two")])
def test_a_misspelt_value_stops_the_start(folders, name, value):
    assert start_with(folders, **{name: value}).returncode != 0


@pytest.mark.django_db
def test_a_secret_key_that_was_not_given_is_made_once_and_kept_to_its_owner(folders):
    first, second = (start_with(folders, SECRET_KEY="absent").stdout for _ in range(2))
    assert first == second
    assert len(first.split()[0]) > 50
    assert (folders / "secret_key").stat().st_mode & 0o077 == 0
