"""Honest archives that were refused elsewhere: taken at page and API, or refused in the evaluator's own words."""

import io
import json
import tarfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import reverse
from faulty_zips import good, jpeg, zipped

from evaluator.contract import Rejected
from evaluator.zip.archive import open_archive
from server.accounts.services import make_token
from server.outbox.models import OutboxEmail
from server.part_headers import Utf8PartHeaders
from server.submissions import tasks, transitions
from server.submissions.models import Submission
from server.submissions.rejection_report import first_groups
from server.uploads import received
from tests.ground_truths import SAID

pytestmark = pytest.mark.django_db
MISSING = {"code": "missing_file", "found": "no file", "expected": "one PNG", "fix": "Add this map."}


@pytest.fixture
def program(alice):
    secret = make_token(user=alice, label="x", scope="submit", days=None)[1]
    return Client(headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture
def browser(alice):
    client = Client()
    client.force_login(alice)
    return client


def body_with(file_name: bytes, archive: bytes, fields: dict[str, object]) -> bytes:
    """A form as curl sends it, with the bytes of a file name as they are."""
    start = b'--xyz\r\nContent-Disposition: form-data; name="archive"; filename="' + file_name
    parts = [start + b'"\r\nContent-Type: application/zip\r\n\r\n' + archive + b"\r\n"]
    for name, value in fields.items():
        parts.append(f'--xyz\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    return b"".join(parts) + b"--xyz--\r\n"


FORM = "multipart/form-data; boundary=xyz"
NAMES = {  # the bytes of a file name, and what is kept of it
    "utf-8": ("größe.zip".encode(), "größe.zip"),
    "cp1252": ("größe.zip".encode("cp1252"), "größe.zip"),
    "cp1252 with a dash": ("a–b.zip".encode("cp1252"), "a–b.zip"),
    "cp932": ("結果.zip".encode("cp932"), ".zip"),
    "cp949": ("결과.zip".encode("cp949"), ".zip"),
    "bytes of no code page": (b"\x81\x8d\x8f\x90\x9d.zip", ".zip"),
}


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("door", ["api", "page"])
def test_a_file_whose_name_is_in_a_local_code_page_is_taken(kind, door, program, browser, phase, good_zip):
    name, kept = NAMES[kind]
    if door == "api":
        body = body_with(name, good_zip, {"phase": phase.pk, **SAID})
        answer = program.post(reverse("api:submissions"), body, content_type=FORM)
        assert answer.status_code == 201, answer.content
    else:
        url = reverse("submissions:submit", args=[phase.track.slug, phase.slug])
        assert browser.post(url, body_with(name, good_zip, SAID), content_type=FORM).status_code == 302
    submission = Submission.objects.get()
    assert submission.archive_path.read_bytes() == good_zip
    assert submission.original_name.endswith(kept)


@pytest.mark.parametrize("size", [1, 2, 7, 64, 1000, 10**6])
def test_a_form_is_the_same_however_it_is_cut(size):
    archive = bytes(range(256)) * 20 + b"\r\n--xy" + b"\r\n\r\n"
    body = body_with("größe.zip".encode("cp1252"), archive, {"method": "epoch"})
    stream, read = Utf8PartHeaders(io.BytesIO(body), b"xyz"), b""
    while piece := stream.read(size):
        read += piece
    assert read in (body, body.replace("größe".encode("cp1252"), "größe".encode()))
    assert size < 7 or read != body


def test_other_forms_are_read_as_ever():
    body = body_with(b"a.zip", b"PK\3\4", {"method": "größe"})
    request = RequestFactory().post("/", body, content_type=FORM)
    assert request.POST["method"] == "größe"
    assert request.FILES["archive"].read() == b"PK\3\4"
    request.close()


# What is no zip


def tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.png"))
    return stream.getvalue()


NO_ZIPS = {
    "rar": b"Rar!\x1a\7\1\0" + bytes(99),
    "tar": tar(),
    "gzip": b"\x1f\x8b" + bytes(99),
    "png": b"\x89PNG\r\n\x1a\n",
    "text": b"Dear organisers",
    "directory only": b"PK\1\2" + bytes(99),
}


@pytest.mark.parametrize("kind", NO_ZIPS)
def test_what_is_no_zip_is_told_the_evaluator_s_words_at_every_door(kind, program, browser, phase, tmp_path):
    (tmp_path / "x.zip").write_bytes(NO_ZIPS[kind])
    with pytest.raises(Rejected) as rejected, open_archive(tmp_path / "x.zip"):
        pass
    (problem,) = rejected.value.problems
    form = {"archive": SimpleUploadedFile("x.zip", NO_ZIPS[kind]), **SAID}
    by_api = program.post(reverse("api:submissions"), form | {"phase": phase.pk}).json()["detail"]
    form["archive"].seek(0)
    url = reverse("submissions:submit", args=[phase.track.slug, phase.slug])
    by_page = browser.post(url, form, headers={"Accept": "application/json"}).json()["detail"]
    assert by_api == by_page
    assert f"It is {problem.found}. {problem.fix}" in by_api


@pytest.mark.parametrize("start", [b"PK\7\x08", b"PK00", b"MZ a program"])
def test_what_the_evaluator_can_tell_more_about_is_let_in(start, good_zip):
    with received(start + good_zip) as archive:
        assert archive.why_no_zip() == ""


# Equal problems


def test_equal_problems_are_one_group_with_the_first_of_their_files():
    other = MISSING | {"code": "bad_mode", "file": "x.png"}
    groups = first_groups([*(MISSING | {"file": f"{n}.png"} for n in range(3000)), other])
    assert [(group.code, len(group.files), group.file_count) for group in groups] == [
        ("missing_file", 19, 3000),
        ("bad_mode", 1, 1),
    ]
    assert groups[0].files_in_words.endswith("18.png and 2,981 more")


def test_page_mail_and_api_tell_equal_problems_once(submitted, alice, browser, program):
    submission = submitted(alice)
    problems = [MISSING | {"file": f"{n}.png"} for n in range(3000)]
    problems.append(MISSING | {"fix": "Last.", "file": ""})
    transitions.record_rejected(transitions.claim("a worker"), problems, len(problems))
    page = browser.get(reverse("site:submission", args=[submission.pk])).content.decode()
    mail = OutboxEmail.objects.get(kind="rejected").text
    body = program.get(reverse("api:submission", args=[submission.pk])).json()
    for text in (page, mail):
        assert (text.count("Add this map."), text.count("Last.")) == (1, 1)
    assert "0.png, 1.png, 2.png, 3.png and 2,996 more\n" in mail
    assert "and 2,981 more" in page
    assert [(group["file_count"], len(group["files"])) for group in body["problem_groups"]] == [(3000, 19), (1, 1)]
    assert len(body["problems"]) == 20


# Archives by mistake


def test_another_split_s_archive_is_recognised_by_the_worker(install_truth, submitted, alice):
    submission = submitted(alice, content=install_truth("segmentation", "val").guessed(0.8))
    assert tasks.score_next()
    (problem,) = submission.evaluations.get().problems
    title = f"“{submission.phase.track}, validation”"
    assert problem["found"] == f"12 of 12 PNG file(s) have names of {title}, and none of this split"
    assert problem["fix"] == f"Submit this archive to {title}, or the maps of this split here."


def test_jpegs_are_one_problem(submitted, alice, truth, program):
    files = [(name.replace(".png", ".jpg"), jpeg(png)) for name, png in good(truth.honest())]
    submission = submitted(alice, content=zipped(files))
    assert tasks.score_next()
    (group,) = program.get(reverse("api:submission", args=[submission.pk])).json()["problem_groups"]
    assert "12 JPEG" in group["found"]
    assert json.dumps(group).count("JPEG changes labels") == 1
