"""Uploaded files: received, hashed and stored."""

import hashlib
from io import BytesIO

import pytest
from django.http import UnreadablePostError
from django.test import RequestFactory

from server.uploads import ArchiveUploadHandler, received

CONTENT = b"PK\x03\x04" + bytes(range(256)) * 10_000  # more than one chunk


def test_an_upload_is_hashed_and_counted_while_it_is_written():
    with received(CONTENT) as archive:
        assert archive.sha256 == hashlib.sha256(CONTENT).hexdigest()
        assert archive.size == len(CONTENT)
        assert archive.read() == CONTENT


def test_it_waits_in_a_part_file_that_closing_removes(stored_files):
    with received(CONTENT) as archive:
        assert stored_files() == [archive.path]
        assert archive.path.suffix == ".part"
        assert archive.path.parent.name == "incoming"
    assert stored_files() == []


def test_a_kept_upload_stays_when_it_is_closed(stored_files):
    with received(CONTENT) as archive:
        stored = archive.keep()
    assert stored_files() == [stored.path]
    assert stored.path.read_bytes() == CONTENT
    assert (stored.size, stored.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


@pytest.mark.parametrize("name", ["results.zip", "../../etc/passwd", "a\x00b.zip", "x" * 300])
def test_the_stored_name_is_the_servers_own(name, settings):
    with received(CONTENT, name) as archive:
        stored = archive.keep()
    assert stored.path.parent == settings.ARCHIVES_DIR
    assert stored.name.removesuffix(".zip").count("-") == 4
    assert len(stored.name) == 40


@pytest.mark.parametrize(
    ("start", "is_zip"),
    [(b"PK\x03\x04", True), (b"PK\x05\x06", True), (b"PK\x01\x02", False), (b"PK", False), (b"", False)],
)
def test_a_zip_is_known_by_its_first_bytes(start, is_zip):
    with received(start) as archive:
        assert (archive.why_no_zip() == "") is is_zip


def test_looking_at_the_first_bytes_does_not_change_what_is_kept():
    with received(CONTENT) as archive:
        archive.read(100)
        archive.why_no_zip()
        assert archive.keep().path.read_bytes() == CONTENT


def test_an_interrupted_upload_leaves_nothing(stored_files):
    handler = ArchiveUploadHandler()
    handler.new_file("archive", "results.zip", "application/zip", len(CONTENT))
    handler.receive_data_chunk(CONTENT, 0)
    assert len(stored_files()) == 1
    handler.upload_interrupted()
    assert stored_files() == []


def test_an_interruption_before_the_first_file_is_no_trouble(stored_files):
    ArchiveUploadHandler().upload_interrupted()
    assert stored_files() == []


class BrokenOff(BytesIO):
    """A body whose sender goes away after the first part."""

    def read(self, size: int = -1) -> bytes:
        if self.tell() > 200_000:
            raise OSError("the sender went away")
        return super().read(min(size, 65_536) if size > 0 else 65_536)


def test_a_sender_who_goes_away_leaves_nothing(stored_files):
    start = b'--x\r\nContent-Disposition: form-data; name="archive"; filename="a.zip"\r\n\r\n'
    body = BrokenOff(start + CONTENT)
    request = RequestFactory().generic("POST", "/", b"-", content_type="multipart/form-data; boundary=x")
    request._stream, request.META["CONTENT_LENGTH"] = body, len(CONTENT) + 500
    with pytest.raises(UnreadablePostError):
        request._load_post_and_files()
    for handler in request.upload_handlers:
        handler.upload_interrupted()
    assert stored_files() == []
