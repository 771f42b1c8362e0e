"""The limit of submissions by the API: it is stated, and counts what was accepted."""

import re
from pathlib import Path

import pytest
from acting import a_zip
from django.core.cache import cache
from rest_framework.throttling import SimpleRateThrottle

from server.api.submission_views import Submissions
from server.api.throttles import REFUSED_PER_ACCEPTED
from server.submissions.models import Submission
from server.tracks.models import Phase

pytestmark = pytest.mark.both_setups
DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(autouse=True)
def three_an_hour(db, monkeypatch):
    cache.clear()  # Redis keeps what earlier tests counted
    rates = {"visitor": "1000/min", "person": "1000/min", "submit": "3/hour"}
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", rates)


@pytest.fixture
def phase(phase):
    """The phase, with more slots than the API's limit."""
    Phase.objects.update(limit=9, daily_submission_limit=99)
    return phase


def left(answer) -> tuple[int, int]:
    return int(answer["RateLimit-Limit"]), int(answer["RateLimit-Remaining"])


def test_refused_submissions_and_repeated_ones_do_not_count(alice, phase):
    for _ in range(4):
        answer = alice.submit(phase, rules_kept="")
        assert (answer.status_code, left(answer)) == (400, (3, 3))
    archive = a_zip()
    answer = alice.submit(phase, archive)
    assert (answer.status_code, left(answer)) == (201, (3, 2))
    archive.seek(0)
    answer = alice.submit(phase, archive)
    assert (answer.status_code, left(answer)) == (200, (3, 2))
    assert 3595 <= int(answer["RateLimit-Reset"]) <= 3600


def test_the_limit_says_what_it_is_and_when_the_next_is_accepted(alice, phase):
    answers = [alice.submit(phase) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
    refusal = answers[-1]
    assert "3 submissions an hour" in refusal.json()["detail"]
    assert left(refusal) == (3, 0)
    assert 3590 <= int(refusal["Retry-After"]) <= 3600
    assert Submission.objects.count() == 3
    assert alice.get("/api/v1/submissions/").status_code == 200


def test_submissions_are_accepted_again_after_an_hour(alice, phase, monkeypatch):
    assert [alice.submit(phase).status_code for _ in range(4)] == [201, 201, 201, 429]
    clock = SimpleRateThrottle.timer
    monkeypatch.setattr(SimpleRateThrottle, "timer", lambda self: clock() + 3601)
    answer = alice.submit(phase)
    assert (answer.status_code, left(answer)) == (201, (3, 2))


def test_refused_submissions_have_a_limit_of_their_own(alice, bob, phase):
    most = 3 * REFUSED_PER_ACCEPTED
    codes = [alice.submit(phase, rules_kept="").status_code for _ in range(most + 2)]
    assert codes == [400] * most + [429] * 2
    assert f"{most} refused submissions an hour" in alice.submit(phase).json()["detail"]
    assert bob.submit(phase).status_code == 201


def test_who_may_not_submit_is_refused_without_a_count(visitor, phase):
    answer = visitor.submit(phase)
    assert answer.status_code == 401
    assert "RateLimit-Limit" not in answer


def test_the_documentation_names_the_limits(settings):
    accepted = int(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["submit"].removesuffix("/hour"))
    texts = [Submissions.post.__doc__, *((DOCS / name).read_text() for name in ("teams.md", "refusals.md"))]
    for text in texts:
        words = " ".join(text.split())
        assert f"accepts {accepted} submissions an hour" in words
        assert re.search(rf"\b{REFUSED_PER_ACCEPTED * accepted} an hour", words)
