"""A full disk and a database that is away: told in page and API, and nothing of the submission is left."""

import errno
import json
import os
from collections import namedtuple

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InterfaceError, OperationalError
from django.test import Client
from django.urls import reverse
from redis.exceptions import ConnectionError as RedisIsAway

from server import files, uploads
from server.accounts.services import make_token
from server.submissions import services
from server.submissions.models import Slot, Submission
from tests.ground_truths import SAID

pytestmark = pytest.mark.django_db
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
Volume = namedtuple("Volume", "f_frsize f_blocks f_bavail")


@pytest.fixture(params=["page", "page's script", "API"])
def send(request, alice, phase, good_zip):
    """Submit by one of the doors; the answer is what a person or program sees."""

    def by_door():
        client = Client(raise_request_exception=False)
        archive = SimpleUploadedFile("results.zip", good_zip)
        if request.param == "API":
            secret = make_token(user=alice, label="x", scope="submit", days=None)[1]
            headers = {"Authorization": f"Bearer {secret}"}
            return client.post(
                reverse("api:submissions"), {"phase": phase.pk, "archive": archive, **SAID}, headers=headers
            )
        client.force_login(alice)
        headers = {"Accept": "text/html" if request.param == "page" else "application/json"}
        return client.post(phase.submit_url, {"archive": archive, **SAID}, headers=headers)

    return by_door


def told(answer) -> str:
    if answer.headers["Content-Type"] == "application/problem+json":
        return json.loads(answer.content)["detail"]
    return answer.content.decode()


def assert_nothing_is_left(stored_files) -> None:
    assert stored_files() == []
    assert not Submission.objects.exists()
    assert not Slot.objects.exists()


def test_a_body_larger_than_the_room_is_refused_before_it_is_read(send, stored_files, monkeypatch):
    monkeypatch.setattr(files.os, "statvfs", lambda folder: Volume(1, 100, 1))
    answer = send()
    assert (answer.status_code, "no slot was used" in told(answer)) == (507, True)
    assert_nothing_is_left(stored_files)


class FullFile:
    """A file on a disk that takes the first bytes and no more."""

    def __init__(self, file) -> None:
        self.file, self.taken, self.fileno = file, 0, file.fileno

    def write(self, content) -> int:
        if self.taken:
            raise FULL
        self.taken = self.file.write(content[:10])
        return self.taken

    def close(self) -> None:
        self.file.close()


def test_a_disk_that_fills_up_meanwhile_is_told_and_nothing_is_left(send, stored_files, monkeypatch):
    new_file = uploads.ArchiveUploadHandler.new_file

    def on_a_full_disk(self, *arguments, **facts) -> None:
        new_file(self, *arguments, **facts)
        self.file = FullFile(self.file)

    monkeypatch.setattr(uploads.ArchiveUploadHandler, "new_file", on_a_full_disk)
    answer = send()
    assert (answer.status_code, "no slot was used" in told(answer)) == (507, True)
    assert_nothing_is_left(stored_files)


def test_a_disk_that_is_full_at_the_renaming_is_told_and_nothing_is_left(send, stored_files, monkeypatch):
    def full(path, target) -> None:
        raise FULL

    monkeypatch.setattr(uploads, "keep", full)
    answer = send()
    assert (answer.status_code, "no slot was used" in told(answer)) == (507, True)
    assert_nothing_is_left(stored_files)


@pytest.mark.parametrize("away", [OperationalError("gone"), InterfaceError("closed"), RedisIsAway("refused")])
def test_a_database_or_cache_that_is_away_is_told_with_when_to_come_back(send, stored_files, monkeypatch, away):
    def refuse(submission) -> None:
        raise away

    monkeypatch.setattr(services, "_record", refuse)
    answer = send()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "check on your team’s page" in told(answer)
    assert_nothing_is_left(stored_files)


def test_what_nobody_foresaw_is_our_fault_and_says_so(send, monkeypatch):
    def crash(submission) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(services, "_record", crash)
    answer = send()
    assert (answer.status_code, "not your mistake" in told(answer)) == (500, True)


def test_a_short_write_is_finished(stored_files, monkeypatch):
    content = b"PK\x03\x04" + bytes(range(256)) * 1000
    new_file = uploads.ArchiveUploadHandler.new_file

    class Slow:
        def __init__(self, file) -> None:
            self.file, self.close, self.fileno = file, file.close, file.fileno

        def write(self, content) -> int:
            return self.file.write(content[:1000])

    def slowly(self, *arguments, **facts) -> None:
        new_file(self, *arguments, **facts)
        self.file = Slow(self.file)

    monkeypatch.setattr(uploads.ArchiveUploadHandler, "new_file", slowly)
    with uploads.received(content) as archive:
        assert archive.read() == content
