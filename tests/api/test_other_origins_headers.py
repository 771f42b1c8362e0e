"""Which responses let scripts of other origins read them, and what OPTIONS answers."""

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.throttling import SimpleRateThrottle

from server.api.urls import v1

pytestmark = pytest.mark.django_db
OPEN = "Access-Control-Allow-Origin"
A_UUID = "12345678-1234-5678-1234-567812345678"
PUBLIC = {"editions", "tracks", "track", "phases", "phase", "manifest", "results", "log", "paper_tables"}
PUBLIC |= {"leaderboard", "curves", "classes", "compare", "significance"}


def addresses() -> dict[str, str]:
    """Every address of the API by its name."""
    keys = {one.name: one.pattern.converters for one in v1}
    return {
        name: reverse(f"api:{name}", kwargs={key: _key(converter) for key, converter in needed.items()})
        for name, needed in keys.items()
    }


def _key(converter) -> object:
    return {"UUIDConverter": A_UUID, "IntConverter": 1}.get(type(converter).__name__, "x")


def test_anybody_may_ask_every_address_for_its_methods():
    found = {}
    for name, address in addresses().items():
        answer = Client().options(address, headers={"Origin": "https://other.example", "Accept": "text/html"})
        assert (answer.status_code, answer.content) == (204, b""), name
        assert "OPTIONS" in answer["Allow"], name
        found[name] = answer.headers.get(OPEN), answer.headers.get("Access-Control-Allow-Headers")
        assert ("Access-Control-Allow-Methods" in answer.headers) == (name in PUBLIC), name
    public, closed = ("*", "If-None-Match"), (None, None)
    assert found == {name: public if name in PUBLIC else closed for name in found}


def test_only_what_a_visitor_may_read_is_open_and_never_with_credentials(alice, phase, organiser):
    for name, address in addresses().items():
        answer = Client().get(address)
        b"".join(answer)  # a download holds its file open until it is read
        assert answer.headers.get(OPEN) == ("*" if name in PUBLIC else None), name
        assert "Access-Control-Allow-Credentials" not in answer.headers
        by_cookie = Client()
        by_cookie.force_login(alice.user)
        for known in (alice, organiser, by_cookie):
            answer = known.get(address)
            b"".join(answer)
            assert OPEN not in answer.headers, name


def test_a_visitor_who_asks_too_often_can_read_why(phase, monkeypatch):
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", {"visitor": "0/min", "person": "1/min"})
    answer = Client().get(reverse("api:tracks"))
    assert (answer.status_code, answer[OPEN]) == (429, "*")


def test_sending_is_open_to_no_other_origin(phase):
    for name in ("submissions", "uploads", "phases"):
        answer = Client().post(reverse(f"api:{name}"), headers={"Origin": "https://other.example"})
        assert answer.status_code >= 400
        assert OPEN not in answer.headers
