"""A team's row on a board, by the API: choose, withdraw, put back, pseudonym; and its own archive back."""

import hashlib
from datetime import timedelta

import pytest
from acting import SCORES, a_zip, reject_next, score_next
from django.utils import timezone

from server.submissions.models import Entry, Submission
from server.tracks.models import Phase


def board(program, phase) -> list[dict]:
    return program.get(f"/api/v1/phases/{phase.pk}/leaderboard/").json()["rows"]


@pytest.fixture
def two(alice, phase) -> list[str]:
    """The addresses of two scored submissions, the second better."""
    urls = [alice.submit(phase).json()["url"] for _ in range(2)]
    score_next()
    score_next(SCORES | {"peak_iou": 0.7})
    return urls


def test_the_leaderboard_uses_what_is_chosen_or_not_withdrawn(alice, bob, visitor, phase, two):
    Phase.objects.update(stands_on="chosen")
    worse, better = two
    chosen = alice.post(f"{worse}choose/").json()
    assert (chosen["rank"], chosen["chosen"]) == (1, True)
    assert board(visitor, phase)[0]["scores"]["peak_iou"] == 0.6308
    assert not bob.post(f"{worse}unchoose/").json()["chosen"]
    assert board(visitor, phase)[0]["scores"]["peak_iou"] == 0.7
    assert alice.post(f"{better}withdraw/").json()["withdrawn_at"]
    assert board(visitor, phase)[0]["scores"]["peak_iou"] == 0.6308
    assert alice.post(f"{better}choose/").status_code == 409
    assert alice.post(f"{better}restore/").json()["withdrawn_at"] is None
    assert board(visitor, phase)[0]["scores"]["peak_iou"] == 0.7


def test_what_cannot_be_chosen_says_why(alice, phase, two):
    refused = alice.post(f"{two[0]}choose/").json()
    assert (refused["code"], "the best submission of every team counts" in refused["detail"]) == (
        "act_refused",
        True,
    )
    Phase.objects.update(stands_on="chosen", limit=5)
    rejected = alice.submit(phase).json()["url"]
    reject_next()
    assert "Only a scored submission" in alice.post(f"{rejected}choose/").json()["detail"]
    Phase.objects.update(closes_at=timezone.now())
    for act in ("choose", "unchoose", "withdraw", "restore"):
        closed = alice.post(f"{two[0]}{act}/")
        assert (closed.status_code, closed.json()["code"]) == (409, "phase_closed")
    assert not Entry.objects.exists()


def test_a_pseudonym_is_used_until_its_day_or_until_it_is_ended(alice, rivals, visitor, phase, two):
    url = f"/api/v1/team/pseudonyms/{phase.pk}/"
    none = {"name": "", "until": None}
    assert alice.get(url).json() == none
    day = f"{timezone.now() + timedelta(days=3):%Y-%m-%d}"
    taken = alice.post(url, {"name": "The Masked", "day": day}, format="json").json()
    assert taken == {"name": "The Masked", "until": f"{day}T23:59:59Z"} == alice.get(url).json()
    (row,) = board(visitor, phase)
    assert (row["team"], row["method"]) == ({"name": "The Masked", "affiliation": ""}, "")
    other = rivals.post(url, {"name": "The Masked", "day": day}, format="json")
    assert (other.status_code, list(other.json()["errors"])) == (409, ["name"])
    endless = rivals.post(url, {"name": "Another"}, format="json")
    assert (endless.status_code, list(endless.json()["errors"])) == (409, ["day"])
    assert alice.post(url, {"name": ""}, format="json").json() == none
    assert board(visitor, phase)[0]["team"]["name"] == "alices"


@pytest.mark.parametrize("act", ["choose", "withdraw"])
def test_these_acts_take_no_fields_and_no_reading_token(alice, reader, two, act):
    assert alice.post(f"{two[0]}{act}/", {"really": True}, format="json").json()["code"] == "unknown_field"
    assert reader.post(f"{two[0]}{act}/").status_code == 403


def body(answer) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_team_gets_its_archive_back_also_from_the_middle(alice, bob, organiser, phase):
    sent = a_zip().read()
    upload = a_zip()
    upload.file.seek(0)
    sent = upload.read()
    upload.seek(0)
    url = f"{alice.submit(phase, upload).json()['url']}archive/"
    whole = bob.get(url)
    assert (whole.status_code, body(whole)) == (200, sent)
    etag = f'"{hashlib.sha256(sent).hexdigest()}"'
    assert (whole["ETag"], whole["Content-Length"]) == (etag, str(len(sent)))
    assert "private" in whole["Cache-Control"]
    rest = alice.get(url, headers={"Range": "bytes=10-", "If-Range": etag})
    assert (rest.status_code, body(rest)) == (206, sent[10:])
    assert (rest["Content-Range"], rest["Content-Length"]) == (
        f"bytes 10-{len(sent) - 1}/{len(sent)}",
        str(len(sent) - 10),
    )
    for asked in (
        {"Range": "bytes=10-", "If-Range": '"of-another-file"'},
        {"Range": f"bytes={len(sent)}-"},
        {"Range": "bytes=-5"},
        {"Range": "bytes=0-1,4-5"},
    ):
        again = alice.get(url, headers=asked)
        assert (again.status_code, body(again)) == (200, sent)
    assert organiser.get(url).status_code == 404  # in the admin, where it is recorded
    Submission.objects.get().archive_path.unlink()
    assert alice.get(url).status_code == 404
