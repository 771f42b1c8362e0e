"""What is decided about a resumable upload before a byte is sent."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone
from uploading import announce, append, assert_refused, begun

from server.submissions.models import ResumableUpload
from server.tracks.models import Phase


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"opens_at": timedelta(hours=1)}, "phase_not_open"),
        ({"closes_at": timedelta()}, "phase_closed"),
        ({"paused": True}, "phase_paused"),
        ({"limit": 1}, "no_slot_left"),
        ({"daily_submission_limit": 1}, "daily_limit_reached"),
    ],
)
def test_what_the_phase_refuses(alice, phase, fields, code, stored_files):
    alice.submit(phase)
    moved = {name: timezone.now() + x if isinstance(x, timedelta) else x for name, x in fields.items()}
    Phase.objects.update(**moved)
    assert "slot" in assert_refused(announce(alice, phase, 9), 409, code) or code == "no_slot_left"
    assert not ResumableUpload.objects.exists()
    assert len(stored_files()) == 1


def test_what_is_too_large_or_has_no_room(alice, phase, settings, monkeypatch):
    settings.MAX_UPLOAD_BYTES = 1000
    assert_refused(announce(alice, phase, 1001), 413, "upload_too_large")
    monkeypatch.setattr("server.api.upload_views.free_bytes", lambda folder: 999)
    assert_refused(announce(alice, phase, 1000), 507, "disk_full")
    assert announce(alice, phase, 999).status_code == 201


@pytest.mark.parametrize(
    ("headers", "metadata", "where"),
    [
        ({"Upload-Length": ""}, {}, "length"),
        ({"Upload-Length": "0"}, {}, "length"),
        ({"Upload-Length": "many"}, {}, "length"),
        ({"Upload-Metadata": ""}, {}, "phase"),
        ({"Upload-Metadata": "phase §§"}, {}, "Upload-Metadata"),
        ({}, {"phase": 10**20}, "phase"),
        ({}, {"sha256": "abc"}, "sha256"),
        ({}, {"filename": "a\u202eb"}, "filename"),
        ({}, {"team": "mine"}, "team"),
    ],
)
def test_an_announcement_that_cannot_be_taken_says_where(alice, phase, headers, metadata, where):
    answer = announce(alice, phase, 9, headers, **metadata)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [where])


def test_a_third_upload_at_once_is_refused_in_words(alice, bob, charlie, phase):
    urls = [begun(alice, phase, 9) for _ in range(2)]
    answer = announce(alice, phase, 9)
    assert assert_refused(answer, 429, "too_many_uploads").startswith("You are already sending 2 uploads")
    assert assert_refused(announce(bob, phase, 9), 429, "too_many_uploads").startswith("Your team is")
    append(alice, urls[0], 0, b"123456789")  # all of it: it is no longer on its way
    assert announce(bob, phase, 9).status_code == 201


def test_an_upload_left_alone_counts_no_more_and_the_oldest_of_many_goes(alice, phase, stored_files):
    urls = []
    for _ in range(5):
        urls.append(begun(alice, phase, 9))
        for file in stored_files():
            os.utime(file, (0, timezone.now().timestamp() - 40))
    assert [alice.head(url).status_code for url in urls] == [404, 200, 200, 200, 200]
    assert len(stored_files()) == 4
