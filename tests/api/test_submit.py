"""Handing in by the API: what is taken, what is refused, and that a refusal leaves nothing behind."""

import hashlib
from datetime import timedelta

import pytest
from acting import Program, a_zip
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from server.submissions.models import Slot, Submission
from server.tracks.models import ScoringRule


def change(phase, **fields):
    type(phase).objects.filter(pk=phase.pk).update(**fields)


def assert_problem(answer, status, words=""):
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    body = answer.json()
    assert (body["status"], bool(body["title"]), bool(body["detail"])) == (status, True, True)
    assert words in str(body)


@pytest.mark.both_setups
def test_a_submission_is_answered_with_what_was_received(alice, phase, settings):
    archive = a_zip()
    sha256 = hashlib.sha256(archive.read()).hexdigest()
    archive.seek(0)
    answer = alice.submit(phase, archive, method="epoch 12")
    body = answer.json()
    assert answer.status_code == 201
    assert answer["Location"] == body["url"] == f"http://testserver/api/v1/submissions/{body['id']}/"
    assert (body["sha256"], body["size"], body["file"]) == (sha256, archive.size, "predictions.zip")
    assert (body["state"], body["queue_position"], body["method"]) == ("queued", 1, "epoch 12")
    assert body["slot"] == {"number": 1, "limit": 2, "window": "phase", "returned_at": None, "reason": ""}
    assert "slot 1 of 2 reserved. You will not lose it if our server fails" in body["message"]
    assert Submission.objects.get().archive_path.is_file()
    assert list(settings.ARCHIVES_DIR.glob("incoming/*")) == []


@pytest.mark.both_setups
def test_the_last_slot_is_the_last(alice, bob, phase):
    assert alice.submit(phase).status_code == 201
    assert bob.submit(phase).json()["slot"]["number"] == 2
    answer = alice.submit(phase)
    assert_problem(answer, 409, "No slot is left")
    assert Slot.objects.count() == 2


@pytest.mark.usefixtures("nothing_kept")
class TestRefused:
    def test_without_a_token(self, visitor, phase):
        answer = visitor.submit(phase)
        assert_problem(answer, 401, "Authorization: Bearer")
        assert answer["WWW-Authenticate"].startswith("Bearer")

    def test_with_a_token_that_may_only_read(self, reader, phase):
        assert_problem(reader.submit(phase), 403, "may only read")

    def test_from_nobody_s_team(self, charlie, phase):
        assert_problem(charlie.submit(phase), 409, "team")

    def test_to_a_phase_that_does_not_exist(self, alice, phase):
        phase.pk = 10**20
        assert_problem(alice.submit(phase), 400, "/api/v1/phases/")

    @pytest.mark.parametrize("named", ["", "challenge", "1.5", "\0"])
    def test_to_a_phase_that_is_no_number(self, alice, phase, named):
        phase.pk = named
        assert "phase" in alice.submit(phase).json()["errors"]

    def test_what_is_no_zip(self, alice, phase):
        answer = alice.submit(phase, SimpleUploadedFile("map.png", b"\x89PNG"))
        assert_problem(answer, 409, "not a zip archive")

    def test_an_empty_file(self, alice, phase):
        answer = alice.submit(phase, SimpleUploadedFile("empty.zip", b""))
        assert_problem(answer, 400, "is empty")

    def test_no_file(self, alice, phase):
        answer = alice.post("/api/v1/submissions/", {"phase": phase.pk}, format="multipart")
        assert_problem(answer, 400)
        assert list(answer.json()["errors"]) == ["archive"]

    @pytest.mark.parametrize("field", ["state", "scores", "slot", "team", "began_at", "id", "sha256"])
    def test_a_field_that_is_not_one(self, alice, phase, field):
        answer = alice.submit(phase, **{field: "scored"})
        assert_problem(answer, 400)
        assert list(answer.json()["errors"]) == [field]

    def test_a_file_in_a_field_that_is_not_one(self, alice, phase):
        assert_problem(alice.submit(phase, weights=a_zip()), 400, "weights")

    @pytest.mark.parametrize("method", ["x" * 121, "a\0b"])
    def test_a_method_that_cannot_be_stored(self, alice, phase, method):
        assert list(alice.submit(phase, method=method).json()["errors"]) == ["method"]

    def test_a_text_field_of_megabytes(self, alice, phase):
        assert_problem(alice.submit(phase, method="x" * 2 * 1024**2), 413, "too long")

    def test_a_form_that_breaks_off(self, alice, phase):
        body = b"--edge\r\nContent-Disposition: form-data; name=archive; filename=a.zip\r\n\r\nPK\x03\x04"
        answer = alice.generic("POST", "/api/v1/submissions/", body, "multipart/form-data; boundary=edge")
        assert_problem(answer, 400)

    def test_a_file_in_broken_base64(self, alice, phase):
        head = "Content-Disposition: form-data; name=archive; filename=a.zip\r\nContent-Transfer-Encoding: base64"
        body = f"--edge\r\n{head}\r\n\r\nUEsDB\r\n--edge--\r\n".encode()
        answer = alice.generic("POST", "/api/v1/submissions/", body, "multipart/form-data; boundary=edge")
        assert_problem(answer, 400)

    def test_json_without_an_upload(self, alice, phase):
        answer = alice.post("/api/v1/submissions/", {"phase": phase.pk}, format="json")
        assert_problem(answer, 400)
        assert list(answer.json()["errors"]) == ["archive"]

    def test_neither_form_nor_json(self, alice, phase):
        answer = alice.post("/api/v1/submissions/", "phase=1", content_type="text/plain")
        assert_problem(answer, 415, "multipart/form-data")

    def test_before_the_phase_opens(self, alice, phase):
        change(phase, opens_at=timezone.now() + timedelta(hours=1))
        assert_problem(alice.submit(phase), 409, "not open yet")

    def test_after_the_phase_closed(self, alice, phase):
        change(phase, closes_at=timezone.now())
        assert_problem(alice.submit(phase), 409, "closed")

    def test_while_the_phase_is_paused(self, alice, phase):
        change(phase, paused=True)
        assert_problem(alice.submit(phase), 409, "paused")

    def test_where_no_ground_truth_is_installed(self, alice, phase):
        ScoringRule.objects.update(state=ScoringRule.State.RETIRED)
        assert_problem(alice.submit(phase), 409, "cannot score yet")

    def test_a_body_larger_than_any_archive(self, alice, phase, settings):
        settings.MAX_UPLOAD_BYTES = settings.MAX_FORM_BYTES = 100
        assert_problem(alice.submit(phase), 413)

    def test_an_archive_over_the_limit_in_a_body_that_is_not(self, alice, phase, settings):
        settings.MAX_UPLOAD_BYTES = 100
        answer = alice.submit(phase)
        assert_problem(answer, 413, "The limit is 100")
        assert answer.json()["code"] == "upload_too_large"

    def test_two_archives(self, alice, phase):
        answer = alice.submit(phase, [a_zip(), a_zip()])
        assert (answer.status_code, answer.json()["code"]) == (400, "more_than_one_file")

    def test_a_field_that_comes_twice(self, alice, phase):
        answer = alice.submit(phase, method=["CAM", "SEAM"])
        assert (answer.json()["code"], list(answer.json()["errors"])) == ("repeated_field", ["method"])

    def test_a_misspelt_field_with_the_one_that_may_be_meant(self, alice, phase):
        answer = alice.submit(phase, methd="CAM")
        assert answer.json()["code"] == "unknown_field"
        assert "Did you mean “method”?" in answer.json()["errors"]["methd"][0]

    @pytest.mark.parametrize(
        ("said", "code"), [({"rules_kept": ""}, "form_incomplete"), ({"parameters": "many"}, "form_invalid")]
    )
    def test_a_form_with_what_is_wrong_as_its_code(self, alice, phase, said, code):
        assert alice.submit(phase, **said).json()["code"] == code

    def test_a_body_of_no_known_length(self, alice, phase):
        alice.credentials(HTTP_AUTHORIZATION=f"Bearer {alice.secret}", HTTP_TRANSFER_ENCODING="chunked")
        assert_problem(alice.submit(phase), 411, "Content-Length")


def test_who_calls_is_decided_before_the_body_is_read(phase, reader, monkeypatch):
    monkeypatch.setattr("rest_framework.parsers.MultiPartParser.parse", lambda *arguments: pytest.fail("was read"))
    assert reader.submit(phase).status_code == 403
    assert Program().submit(phase).status_code == 401


def test_the_deadline_is_decided_by_the_moment_the_headers_were_here(alice, phase, monkeypatch):
    alice.submit(phase)
    submission = Submission.objects.get()
    assert submission.began_at <= submission.received_at


def test_only_the_submission_takes_large_bodies(alice, phase, settings):
    settings.MAX_FORM_BYTES = 100
    assert alice.submit(phase).status_code == 201
    large = alice.post(
        f"/api/v1/submissions/{Submission.objects.get().pk}/cancel/", {"x": "y" * 200}, format="json"
    )
    assert_problem(large, 413)


def test_the_same_idempotency_key_answers_with_the_first_submission(alice, phase):
    archive = a_zip()
    first = alice.submit(phase, archive, idempotency_key="cluster-17")
    archive.seek(0)
    again = alice.submit(phase, archive, idempotency_key="cluster-17")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert Slot.objects.count() == 1


def test_a_key_that_is_too_long_is_refused_before_anything_is_kept(alice, phase):
    assert_problem(alice.submit(phase, idempotency_key="k" * 101), 400, "Idempotency-Key")
    assert not Submission.objects.exists()
