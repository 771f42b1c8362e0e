"""Resumable uploads, by the protocol: appended, seen by whom, submitted, expired."""

import fcntl
import hashlib
import os
from base64 import b64encode
from datetime import timedelta
from uuid import uuid4

import pytest
from acting import Program, a_zip
from django.test import Client
from django.utils import timezone
from django.utils.http import parse_http_date
from uploading import PIECE, SAID, UPLOADS, announce, append, assert_refused, begun, submit

from server.submissions import cleanup, resumable_uploads
from server.submissions.models import ResumableUpload, Slot, Submission
from server.submissions.upload_limit import UploadPlaces
from server.teams import services as teams
from server.tracks.models import Phase


@pytest.fixture
def content() -> bytes:
    return a_zip().read()


@pytest.fixture
def url(alice, phase, content) -> str:
    """Alice's upload, of which nothing has arrived."""
    return begun(alice, phase, len(content))


@pytest.fixture
def whole(alice, url, content) -> str:
    """The same, once all of it has arrived."""
    assert append(alice, url, 0, content).status_code == 204
    return url


@pytest.mark.both_setups
def test_what_came_in_pieces_is_submitted_with_its_first_moment(alice, phase, content, stored_files):
    digest = hashlib.sha256(content).hexdigest()
    before = timezone.now()
    answer = announce(alice, phase, len(content), sha256=digest)
    assert (answer.status_code, answer["Upload-Offset"]) == (201, "0")
    assert set(answer.json()) == {"id", "offset", "length", "began_at", "expires_at"}
    url = answer["Location"]
    assert url == f"http://testserver/api/v1/uploads/{answer.json()['id']}"
    left = parse_http_date(answer["Upload-Expires"]) - timezone.now().timestamp()
    assert 0 <= 24 * 3600 - left <= 60
    for offset in range(0, len(content), 50):
        answer = append(alice, url, offset, content[offset : offset + 50])
        assert (answer.status_code, answer["Upload-Offset"]) == (204, str(min(offset + 50, len(content))))
    between = timezone.now()
    answer = submit(alice, url, phase, method="in pieces")
    submission = Submission.objects.get()
    assert answer.status_code == 201
    assert (answer.json()["sha256"], answer.json()["file"]) == (digest, "results.zip")
    assert before <= submission.began_at <= between <= submission.received_at
    assert stored_files() == [submission.archive_path]
    assert submission.archive_path.read_bytes() == content


def test_a_head_tells_the_offset_and_is_never_kept(alice, url, content):
    append(alice, url, 0, content[:10])
    answer = alice.head(url)
    assert (answer.status_code, answer["Upload-Offset"], answer["Upload-Length"]) == (200, "10", str(len(content)))
    assert "no-store" in answer["Cache-Control"]
    assert alice.get(url).json()["offset"] == 10


def test_anybody_may_ask_what_is_spoken(visitor, settings):
    answer = visitor.options(UPLOADS)
    assert (answer.status_code, answer["Tus-Version"], answer["Tus-Resumable"]) == (204, "1.0.0", "1.0.0")
    assert answer["Tus-Max-Size"] == str(settings.MAX_UPLOAD_BYTES)
    assert answer["Tus-Checksum-Algorithm"] == "sha1,sha256"
    assert set(answer["Tus-Extension"].split(",")) == {"creation", "expiration", "checksum", "termination"}


def test_another_version_is_refused(alice, phase):
    assert_refused(announce(alice, phase, 9, {"Tus-Resumable": "0.2.2"}), 412, "unsupported_tus_version")


@pytest.mark.parametrize("offset", [0, 3, 11])
def test_a_wrong_offset_is_answered_with_the_right_one(alice, url, offset):
    append(alice, url, 0, b"PK\x03\x04......")
    answer = append(alice, url, offset, b"again")
    assert "Go on from byte 10." in assert_refused(answer, 409, "wrong_offset")
    assert answer["Upload-Offset"] == "10"


@pytest.mark.parametrize("offset", ["", "x", "-1", "1e3", "9" * 30])
def test_an_offset_that_is_no_number(alice, url, offset):
    assert_refused(append(alice, url, offset, b"x"), 400, "invalid_header")


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_piece_with_a_wrong_checksum_is_dropped(alice, url, algorithm):
    good = b64encode(hashlib.new(algorithm, b"abc").digest()).decode()
    said = {"Upload-Checksum": f"{algorithm} {good}"}
    append(alice, url, 0, b"12345")
    answer = append(alice, url, 5, b"abd", **said)
    assert_refused(answer, 460, "checksum_differs")
    assert answer["Upload-Offset"] == "5"
    assert append(alice, url, 5, b"abc", **said)["Upload-Offset"] == "8"


@pytest.mark.parametrize("said", ["md5 YQ==", "sha1", "sha1 §", "sha256 a"])
def test_a_checksum_that_cannot_be_read(alice, url, said):
    assert_refused(append(alice, url, 0, b"x", **{"Upload-Checksum": said}), 400, "invalid_header")


def test_more_bytes_than_announced_are_refused_and_none_is_kept(alice, url, content):
    for headers in ({}, {"Transfer-Encoding": "chunked"}):
        answer = append(alice, url, 0, content + b"!", **headers)
        assert_refused(answer, 413, "upload_too_long")
        assert answer["Upload-Offset"] == "0"


def test_a_piece_says_what_it_is(alice, url):
    assert PIECE in assert_refused(append(alice, url, 0, b"x", "text/plain"), 415, "unsupported_media_type")


def test_only_one_request_writes(alice, whole, phase):
    with ResumableUpload.objects.get().path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert_refused(append(alice, whole, 0, b""), 423, "upload_busy")
        assert submit(alice, whole, phase).json()["code"] == "upload_busy"
        assert alice.head(whole).status_code == 200
    assert submit(alice, whole, phase).status_code == 201


# Rights


def told(answer) -> dict[str, str]:
    """The headers, but for one that is the present time."""
    return {name: value for name, value in answer.items() if name != "Expires"}


def test_others_uploads_are_as_if_there_were_none(alice, bob, rivals, organiser, whole, phase):
    nothing = whole.rpartition("/")[0] + f"/{uuid4()}"
    for program in (bob, rivals, organiser):
        for ask in (
            lambda url, program=program: program.get(url),
            lambda url, program=program: program.delete(url),
            lambda url, program=program: append(program, url, 0, b"x"),
        ):
            theirs, none = ask(whole), ask(nothing)
            assert_refused(theirs, 404, "upload_gone")
            assert (theirs.content, told(theirs)) == (none.content, told(none))
    for program in (bob, rivals):
        theirs, none = submit(program, whole, phase), submit(program, nothing, phase)
        assert (theirs.status_code, theirs.content) == (404, none.content)
    assert alice.head(whole).status_code == 200


def test_who_has_left_the_team_has_no_upload_of_it(bob, phase):
    url = begun(bob, phase, 9)
    teams.leave(user=bob.user)
    assert_refused(append(bob, url, 0, b"x"), 404, "upload_gone")


def test_a_session_counts_with_its_csrf_token_only(alice, phase, content):
    page = Client(enforce_csrf_checks=True)
    page.force_login(alice.user)
    assert_refused(announce(page, phase, len(content)), 403, "permission_denied")
    page.cookies["csrftoken"] = "a" * 32
    token = {"X-CSRFToken": "a" * 32}
    url = announce(page, phase, len(content), token)["Location"]
    assert_refused(append(page, url, 0, content), 403, "permission_denied")
    assert append(page, url, 0, content, **token).status_code == 204
    form = {"csrfmiddlewaretoken": "a" * 32, "form_id": "f" * 32, "upload": url.rpartition("/")[2], **SAID}
    answers = [page.post(phase.submit_url, form, headers={"Accept": "application/json"}) for _ in range(2)]
    submission = Submission.objects.get()
    assert [answer.json() for answer in answers] == [{"location": submission.get_absolute_url()}] * 2
    asked = page.get(f"/forms/{'f' * 32}/submission/")
    assert asked.json() == {"location": submission.get_absolute_url()}


def test_a_session_submits_nothing_elsewhere_in_the_api(alice, phase):
    page = Client()
    page.force_login(alice.user)
    assert page.get("/api/v1/submissions/").status_code == 401


def test_ordinary_uploads_count_too(alice, phase, url):
    with UploadPlaces() as one, UploadPlaces() as another:
        one.take(alice.user)
        another.take(alice.user)
        assert_refused(announce(alice, phase, 9), 429, "too_many_uploads")
        assert_refused(append(alice, url, 0, b"x"), 429, "too_many_uploads")
    assert append(alice, url, 0, b"x").status_code == 204


# Time


def closed_an_hour_ago(settings) -> None:
    """The phase, an hour after the upload had begun; the grace has just ended."""
    now = timezone.now()
    ResumableUpload.objects.update(began_at=now - 2 * settings.UPLOAD_GRACE)
    Phase.objects.update(closes_at=now - settings.UPLOAD_GRACE)


@pytest.mark.both_setups
def test_begun_before_the_close_and_resumed_within_the_grace(alice, phase, url, content):
    append(alice, url, 0, content[:10])
    began_at = ResumableUpload.objects.get().began_at
    Phase.objects.update(closes_at=timezone.now())
    assert append(alice, url, 10, content[10:]).status_code == 204
    assert submit(alice, url, phase).status_code == 201
    assert Submission.objects.get().began_at == began_at
    assert announce(alice, phase, 9).json()["code"] == "phase_closed"


@pytest.mark.both_setups
def test_resumed_after_the_grace_it_is_too_late(alice, phase, url, content, settings):
    append(alice, url, 0, content[:10])
    closed_an_hour_ago(settings)
    answer = append(alice, url, 10, content[10:])
    assert "was not whole 60 minutes after that" in assert_refused(answer, 409, "upload_too_late")
    assert answer["Upload-Offset"] == "10"
    assert submit(alice, url, phase).json()["code"] == "upload_incomplete"


def test_what_arrived_in_time_and_was_not_submitted_is_too_late(alice, phase, whole, settings):
    closed_an_hour_ago(settings)
    answer = submit(alice, whole, phase)
    assert (answer.status_code, answer.json()["code"]) == (409, "upload_too_late")


def test_what_is_not_submitted_expires(alice, phase, whole, stored_files):
    for file in stored_files():
        os.utime(file, (0, timezone.now().timestamp() - 7200))
    assert cleanup.remove_stale() == []
    ResumableUpload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert alice.get(whole).json()["code"] == "upload_gone"
    assert len(cleanup.remove_stale()) == 1
    assert not ResumableUpload.objects.exists()


def test_a_removed_upload_is_gone_with_its_file(alice, whole, phase, stored_files):
    assert alice.delete(whole).status_code == 204
    assert stored_files() == []
    assert alice.get(whole).json()["code"] == submit(alice, whole, phase).json()["code"] == "upload_gone"


def test_what_is_removed_while_it_is_sent_is_gone(alice, phase, stored_files):
    begun(alice, phase, 9)
    upload = ResumableUpload.objects.get()

    def pieces():
        yield b"PK\x03\x04"
        resumable_uploads.remove(ResumableUpload.objects.get())
        yield b"....."

    resumable_uploads.append(upload, 0, pieces())
    assert stored_files() == []


# Submitting


def test_asked_again_the_same_submission_is_answered(alice, phase, whole):
    answers = [submit(alice, whole, phase, method=name) for name in ("first", "second")]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert answers[1].json()["not_saved"] == ["method"]
    assert Slot.objects.count() == 1


def test_the_same_archive_again_leads_to_the_first_submission(alice, phase, content):
    urls = []
    for _ in range(2):
        urls.append(begun(alice, phase, len(content)))
        append(alice, urls[-1], 0, content)
    answers = [submit(alice, url, phase) for url in (*urls, *urls)]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200]
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_the_same_archive_again_needs_no_slot(alice, phase, content):
    Phase.objects.update(limit=1)
    first = begun(alice, phase, len(content))
    append(alice, first, 0, content)
    submit(alice, first, phase)
    assert_refused(announce(alice, phase, len(content), sha256="b" * 64), 409, "no_slot_left")
    again = begun(alice, phase, len(content))
    append(alice, again, 0, content)
    assert submit(alice, again, phase).status_code == 200
    other = begun(alice, phase, len(content))
    append(alice, other, 0, content[:-1] + b"!")
    assert submit(alice, other, phase).json()["code"] == "no_slot_left"


def test_wrong_words_cost_no_byte(alice, phase, whole):
    answer = submit(alice, whole, phase, parameters="10G")
    assert (answer.status_code, answer.json()["code"]) == (400, "too_many_parameters")
    assert submit(alice, whole, phase).status_code == 201


def test_what_is_not_all_here_is_not_submitted(alice, phase, url, content):
    append(alice, url, 0, content[:-1])
    answer = submit(alice, url, phase)
    assert (answer.status_code, answer.json()["code"]) == (409, "upload_incomplete")
    append(alice, url, len(content) - 1, content[-1:])
    assert submit(alice, url, phase).status_code == 201


def test_another_file_than_announced_is_refused(alice, phase, content):
    url = begun(alice, phase, len(content), sha256="A" * 64)
    append(alice, url, 0, content)
    answer = submit(alice, url, phase)
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_sha256")
    assert "a" * 64 in answer.json()["detail"]
    assert hashlib.sha256(content).hexdigest() in answer.json()["detail"]


def test_an_upload_is_for_the_phase_it_was_begun_for(alice, phase, whole):
    other = Phase.objects.create(
        track=phase.track, slug="other", title="Other", split="test", opens_at=phase.opens_at, limit=2
    )
    answer = submit(alice, whole, other)
    assert (answer.status_code, answer.json()["code"]) == (409, "upload_of_another_phase")
    submit(alice, whole, phase)
    assert submit(alice, whole, other).json()["code"] == "upload_of_another_phase"


def test_no_zip_is_refused_as_ever(alice, phase):
    url = begun(alice, phase, 9)
    append(alice, url, 0, b"\x89PNG.....")
    assert submit(alice, url, phase).json()["code"] == "not_a_zip"


@pytest.mark.parametrize("upload", ["7", "x" * 36, [1], {"id": 1}])
def test_an_id_that_is_none(alice, phase, upload):
    answer = alice.post("/api/v1/submissions/", {"phase": phase.pk, "upload": upload, **SAID}, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["upload"])


def test_archive_and_upload_are_not_sent_both(alice: Program, phase, whole):
    answer = alice.submit(phase, upload=whole.rpartition("/")[2])
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["upload"])
