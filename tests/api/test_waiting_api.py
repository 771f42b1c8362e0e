"""Waiting for a score, and finding what was submitted: cheap answers and filters."""

import hashlib
from datetime import timedelta

import pytest
from acting import a_zip, reject_next, score_next
from django.utils import timezone

from server.submissions import transitions
from server.submissions.models import Evaluation, Submission

LIST = "/api/v1/submissions/"


def test_an_unchanged_submission_is_304_and_a_changed_one_is_not(alice, bob, phase):
    url = alice.submit(phase).json()["url"]
    first = alice.get(url)
    assert first["ETag"].startswith('W/"')
    known = {"If-None-Match": first["ETag"]}
    again = bob.get(url, headers=known)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert again["Retry-After"] == first["Retry-After"]
    assert "private" in again["Cache-Control"]
    score_next()
    scored = alice.get(url, headers=known)
    assert (scored.status_code, scored.json()["state"]) == (200, "scored")
    assert scored["ETag"] != first["ETag"]
    assert alice.get(url, headers={"If-None-Match": scored["ETag"]}).status_code == 304


def test_retry_after_grows_with_the_queue_and_goes_once_nothing_will_change(alice, rivals, phase):
    def seconds(url: str) -> int | None:
        said = alice.get(url).headers.get("Retry-After")
        return said and int(said)

    phase.limit = 50
    phase.save()
    first, second, third = (alice.submit(phase).json()["url"] for _ in range(3))
    waits = [seconds(url) for url in (first, second, third)]
    assert waits == sorted(waits)
    assert 1 <= waits[0] < waits[2] <= 60
    running = transitions.claim("a worker")
    assert seconds(first) == 1
    assert transitions.record_rejected(running, [], 0)
    assert seconds(first) is None
    Evaluation.objects.filter(submission__pk=second.split("/")[-2]).update(
        failures=1, not_before=timezone.now() + timedelta(minutes=5)
    )
    assert seconds(second) == 60
    alice.post(f"{third}cancel/")
    assert seconds(third) is None


@pytest.fixture
def three(alice, phase) -> list[dict]:
    """A scored, a rejected and a queued submission, an hour apart, oldest first."""
    phase.limit = 50
    phase.save()
    made = [alice.submit(phase).json() for _ in range(3)]
    score_next()
    reject_next()
    for hours, one in zip((3, 2, 1), made, strict=True):
        at = timezone.now().replace(microsecond=0) - timedelta(hours=hours)
        Submission.objects.filter(pk=one["id"]).update(received_at=at)
        one["at"] = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    return made


def listed(program, query: str) -> list[str]:
    answer = program.get(f"{LIST}?{query}")
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_a_list_is_narrowed_by_states_hash_and_time_and_ordered(alice, rivals, phase, three):
    scored, rejected, queued = (one["id"] for one in three)
    assert listed(alice, "state=scored&state=queued") == [queued, scored]
    assert listed(alice, "state=rejected") == [rejected]
    assert listed(alice, f"sha256={three[1]['sha256'].upper()}") == [rejected]
    assert listed(alice, f"sha256={'0' * 64}") == []
    assert listed(alice, f"since={three[1]['at']}") == [queued, rejected]
    assert listed(alice, f"since={three[1]['at'].removesuffix('Z')}&ordering=received_at") == [rejected, queued]
    assert listed(alice, "ordering=received_at") == [scored, rejected, queued]
    assert listed(alice, "ordering=-received_at&page_size=1") == [queued]
    assert listed(rivals, f"sha256={three[1]['sha256']}") == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("state=scored&state=winning", "invalid_parameter"),
        ("state=scored,rejected", "invalid_parameter"),
        ("sha256=abc", "invalid_parameter"),
        ("since=yesterday", "invalid_parameter"),
        ("since=1970-01-01", "invalid_parameter"),
        ("ordering=score", "invalid_parameter"),
        ("ordering=received_at&ordering=received_at", "repeated_parameter"),
        ("sha256=a&sha256=b", "repeated_parameter"),
        ("sort=received_at", "unknown_parameter"),
    ],
)
def test_what_is_wrong_with_a_query_is_named(alice, query, code):
    answer = alice.get(f"{LIST}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert list(answer.json()["errors"]) == [query.partition("=")[0]]


def test_a_program_finds_by_its_hash_what_it_has_sent(alice, phase):
    archive = a_zip()
    digest = hashlib.sha256(archive.read()).hexdigest()
    archive.seek(0)
    sent = alice.submit(phase, archive).json()["id"]
    alice.submit(phase)
    assert listed(alice, f"sha256={digest}&phase={phase.pk}") == [sent]
