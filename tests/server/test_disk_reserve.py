"""Uploads leave a reserve on the disk, and a dead-man's switch is held while alarms can be mailed."""

import errno
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from server import files
from server.desk.ping import Ping
from server.desk.watch import Watchman
from server.outbox.models import OutboxEmail
from server.outbox.services import enqueue_email
from server.submissions.models import Submission

GB = 1024**3


class Volume:
    f_frsize, f_blocks, f_bavail = GB, 200, 20  # of 200 GB, 20 are free


@pytest.fixture
def volume(monkeypatch):
    monkeypatch.setattr(files.os, "statvfs", lambda _: Volume)
    monkeypatch.setattr(files.os, "fstatvfs", lambda _: Volume)


@pytest.mark.parametrize(
    ("megabytes", "percent", "left"), [(5 * 1024, 5, 10), (15 * 1024, 5, 5), (0, 0, 20), (0, 20, 0), (10**6, 0, 0)]
)
def test_the_larger_reserve_is_left(volume, settings, tmp_path, megabytes, percent, left):
    settings.DISK_RESERVE_MB, settings.DISK_RESERVE_PERCENT = megabytes, percent
    assert files.free_bytes(tmp_path / "not yet there") == left * GB


def test_an_upload_that_would_touch_the_reserve_stops_at_it(settings, tmp_path):
    settings.DISK_RESERVE_MB = settings.DISK_RESERVE_PERCENT = 0
    path = tmp_path / "archive.part"
    with path.open("wb", buffering=0) as file:
        files.write_upload(file, b"x" * 1000)
        settings.DISK_RESERVE_PERCENT = 100
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            files.write_upload(file, b"x")
    assert path.stat().st_size == 1000


@pytest.mark.django_db
def test_a_submission_is_refused_while_only_the_reserve_is_left(client, alice, phase, good_zip, settings):
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415

    settings.DISK_RESERVE_PERCENT = 100
    client.force_login(alice)
    file = SimpleUploadedFile("results.zip", good_zip, "application/zip")
    answer = client.post(f"/tracks/segmentation/{phase.slug}/submit/", {"archive": file})
    assert (answer.status_code, Submission.objects.count()) == (507, 0), answer.content.decode()


@pytest.fixture
def monitor(settings):
    """A host of dead-man's switches; the paths that were asked for."""
    asked: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        settings.PING_URL = f"http://127.0.0.1:{server.server_port}/a-check"
        yield asked
        server.shutdown()
        thread.join()


@pytest.mark.django_db
def test_the_switch_is_held_once_a_minute_while_alarms_can_be_mailed(monitor, alice, settings):
    settings.WATCH_SECONDS = 0
    watchman = Watchman()
    assert watchman.look()
    assert watchman.look()
    assert monitor == ["/a-check"]
    enqueue_email(alice, "scored", "a", "It was scored", "Well done.")
    OutboxEmail.objects.update(tries=3, last_error="refused")
    assert Watchman().look()
    assert monitor == ["/a-check"]
    OutboxEmail.objects.all().delete()
    assert Watchman().look()
    assert monitor == ["/a-check"] * 2


def test_a_monitor_that_is_gone_harms_nothing_and_its_url_is_not_logged(settings, caplog):
    settings.PING_URL = "http://127.0.0.1:1/secret-check"
    Ping().send()
    assert "PING_URL could not be reached" in caplog.text
    assert "secret-check" not in caplog.text


@pytest.mark.django_db
def test_the_desk_says_what_archives_take_and_who_sent_most(client, organiser, submitted, alice, good_zip):
    submission = submitted(alice)
    Submission.objects.filter(pk=submission.pk).update(size=3 * GB)
    client.force_login(organiser)
    page = " ".join(client.get("/organisers/").content.decode().split())
    assert "3.0 GB, 3.0 GB of it in a week" in page
    assert "alices: 3.0 GB" in page
    assert "never read and compared" in page
