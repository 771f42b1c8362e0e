"""Refusals, the schema and its page."""

import re

import pytest
from django.core.cache import cache
from django.core.management import call_command
from redis.exceptions import ConnectionError as RedisIsAway
from rest_framework.throttling import SimpleRateThrottle

from server.api.urls import v1


@pytest.mark.parametrize("path", ["/api/", "/api/v2/tracks/", "/api/v1/no/", "/api/v1/submissions/not-a-uuid/"])
@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_an_address_that_does_not_exist_is_a_problem(visitor, path, method):
    answer = getattr(visitor, method)(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["detail"]


def test_a_forgotten_slash_is_named(visitor):
    assert "/api/v1/tracks/" in visitor.get("/api/v1/tracks").json()["detail"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_method_that_is_not_answered_is_a_problem_that_names_those_that_are(alice, phase, method):
    answer = getattr(alice, method)("/api/v1/tracks/", {}, format="json")
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
    assert "GET" in answer.json()["detail"]
    assert "GET" in answer["Allow"]


def test_anything_but_json_is_not_served(visitor, phase):
    answer = visitor.get("/api/v1/tracks/", HTTP_ACCEPT="text/html")
    assert (answer.status_code, answer["Content-Type"]) == (406, "application/problem+json")


@pytest.mark.both_setups
def test_who_asks_too_often_is_told_when_to_come_back(visitor, alice, phase, monkeypatch):
    cache.clear()  # Redis keeps what earlier tests counted
    rates = {"visitor": "1/min", "person": "3/min", "submit": "1/hour"}
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", rates)
    assert visitor.get("/api/v1/tracks/").status_code == 200
    answer = visitor.get("/api/v1/tracks/")
    assert (answer.status_code, answer["Content-Type"]) == (429, "application/problem+json")
    assert 0 < int(answer["Retry-After"]) <= 60
    assert alice.submit(phase).status_code == 201
    assert alice.submit(phase).status_code == 429
    assert alice.get("/api/v1/submissions/").status_code == 200


def test_an_address_that_a_caller_claims_is_not_believed(visitor, phase, monkeypatch):
    cache.clear()
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", {"visitor": "1/min", "person": "1/min"})
    codes = [visitor.get("/api/v1/tracks/", HTTP_X_FORWARDED_FOR=f"10.0.0.{n}").status_code for n in range(2)]
    assert codes == [200, 429]


def test_a_lost_cache_costs_nobody_a_submission(alice, phase, monkeypatch):
    def away(*arguments):
        raise RedisIsAway

    monkeypatch.setattr("django.core.cache.backends.db.DatabaseCache.get", away)
    assert alice.submit(phase).status_code == 201


def test_the_schema_is_valid_and_the_file_in_the_repository_is_this_one(db, tmp_path, settings):
    written = tmp_path / "schema.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(written))
    kept = settings.BASE_DIR / "docs" / "openapi.yaml"
    assert written.read_text() == kept.read_text(), "`make schema` writes docs/openapi.yaml anew"


def test_the_schema_names_every_address(visitor):
    paths = visitor.get("/api/schema/", HTTP_ACCEPT="application/json").json()["paths"]
    assert set(paths["/api/v1/submissions/"]) == {"get", "post"}
    assert len(paths) == len({str(one.pattern) for one in v1 if one.name})


def test_the_docs_hold_nothing_inline_that_runs(visitor):
    page = visitor.get("/api/docs/", HTTP_ACCEPT="text/html")
    policy = page["Content-Security-Policy"]
    assert "script-src" not in policy
    assert "default-src 'self'" in policy
    assert all("src=" in tag for tag in page.content.decode().split("<script")[1:])


def test_the_schema_asks_for_a_token_where_one_is_needed_and_nowhere_else(db, visitor):
    """Else the page of the API draws the padlock of what is public closed, and that of the rest open."""
    paths = visitor.get("/api/schema/", HTTP_ACCEPT="application/json").json()["paths"]
    asked = {path: {"security" in words for words in methods.values()} for path, methods in paths.items()}
    public = {path for path, needs in asked.items() if needs == {False}}
    assert public == {
        path for path in paths if re.match(r"/api/v1/(editions|archive|tracks|phases|log|results)/", path)
    }
    assert all(needs == {True} for path, needs in asked.items() if path not in public)


def test_what_the_schema_tells_to_run_exists(db, visitor):
    text = visitor.get("/api/schema/", HTTP_ACCEPT="application/json").content.decode()
    commands = set(re.findall(r"`(python [^`]*)`", text))
    assert commands == {"python -m evaluator check"}
