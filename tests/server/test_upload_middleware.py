"""What is decided from an upload's headers, before a byte of its body is read."""

import json
import socket
from contextlib import closing

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from server.accounts.services import make_token
from server.submissions.models import Submission
from tests.ground_truths import SAID
from tests.processes import eventually

PAGE, PROGRAM = "text/html", "application/json"
FORM = "multipart/form-data; boundary=x"
TOO_MUCH = 100 * 1024**3


@pytest.fixture
def log_in(web):
    """The cookie header that makes the real server know a person."""

    def cookies(person) -> str:
        client = Client()
        client.force_login(person)
        return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"

    return cookies


def send(web, head: list[str], body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
    """Send a request that may promise more than it brings, and read the answer to it."""
    with closing(socket.create_connection(("127.0.0.1", web.port), timeout=10)) as line:
        line.sendall("\r\n".join([*head, f"Host: 127.0.0.1:{web.port}", "", ""]).encode() + body)
        with line.makefile("rb") as answer:
            status = int(answer.readline().split()[1])
            headers = dict(_headers(answer))
            return status, headers, answer.read(int(headers.get("content-length", 0)))


def _headers(answer):
    while line := answer.readline().decode().strip():
        name, _, value = line.partition(":")
        yield name.lower(), value.strip()


@pytest.mark.django_db(transaction=True)
def test_a_body_that_has_no_place_is_refused_before_it_is_sent(web, phase, alice, log_in, folders):
    """Of each request only the head is sent: who waited for the body would never answer."""
    me, nobody = f"Cookie: {log_in(alice)}", f"Cookie: csrftoken={'a' * 32}"
    chunked, large, fair = "Transfer-Encoding: chunked", f"Content-Length: {TOO_MUCH}", "Content-Length: 100000000"
    submit, log_in_page = phase.submit_url, reverse("account_login")
    for path, accept, who, length, status, words in [
        (submit, PAGE, me, chunked, 411, "Content-Length"),
        (submit, PROGRAM, me, chunked, 411, "Content-Length"),
        (submit, PAGE, me, large, 413, "no slot was used"),
        (submit, PROGRAM, me, large, 413, "no slot was used"),
        (submit, PROGRAM, nobody, fair, 403, "Log in"),
        (log_in_page, PAGE, nobody, f"Content-Length: {1024**2 + 1}", 413, "Nothing was saved"),
        ("/api/v1/submissions/", PROGRAM, nobody, chunked, 411, "Content-Length"),
        ("/api/v1/submissions/", PROGRAM, nobody, fair, 401, ""),
    ]:
        head = [f"POST {path} HTTP/1.1", f"Accept: {accept}", f"Content-Type: {FORM}", who, length]
        told, headers, body = send(web, head)
        assert told == status, (path, accept, length)
        assert_told_as(PROGRAM if "api" in path else accept, status, headers, body, words)
    status, headers, _ = send(web, [f"POST {submit} HTTP/1.1", f"Accept: {PAGE}", f"Content-Type: {FORM}", fair])
    assert (status, headers["location"]) == (302, f"{log_in_page}?next={submit}")
    assert not (folders / "archives").exists()


@pytest.mark.django_db(transaction=True)
def test_who_sends_all_before_listening_hears_the_refusal(web, alice, phase):
    secret = make_token(user=alice, label="x", scope="submit", days=None)[1]
    headers = [f"Content-Type: {FORM}", f"Authorization: Bearer {secret}", "Connection: close"]
    body = bytes(32 * 1024**2)  # more than the sockets hold, and too much for this address
    head = ["POST /api/v1/me/ HTTP/1.1", *headers, f"Content-Length: {len(body)}"]
    assert send(web, head, body)[0] == 413


@pytest.mark.django_db(transaction=True)
def test_a_real_upload_is_submitted(web, phase, alice, log_in, good_zip):
    token = "a" * 32
    form = {"csrfmiddlewaretoken": token, **SAID}
    fields = "".join(f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in form.items())
    file = '--x\r\nContent-Disposition: form-data; name="archive"; filename="my results.zip"\r\n\r\n'
    body = (fields + file).encode() + good_zip + b"\r\n--x--\r\n"
    head = [
        f"POST {phase.submit_url} HTTP/1.1",
        f"Accept: {PROGRAM}",
        f"Content-Type: {FORM}",
        f"Cookie: {log_in(alice)}; csrftoken={token}",
        f"Content-Length: {len(body)}",
    ]
    status, _, answer = send(web, head, body)
    submission = Submission.objects.get()
    assert (status, json.loads(answer)) == (201, {"location": f"/submissions/{submission.pk}/"})
    assert submission.archive_path.read_bytes() == good_zip
    assert submission.original_name == "my results.zip"
    assert list((settings.ARCHIVES_DIR / "incoming").iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_a_sender_who_goes_away_leaves_no_file(web, phase, alice, log_in, folders):
    file = b'--x\r\nContent-Disposition: form-data; name="archive"; filename="a.zip"\r\n\r\nPK\x03\x04'
    head = [
        f"POST {phase.submit_url} HTTP/1.1",
        f"Host: 127.0.0.1:{web.port}",
        f"Content-Type: {FORM}",
        f"Cookie: {log_in(alice)}; csrftoken={'a' * 32}",
        "Content-Length: 50000000",
    ]
    incoming = folders / "archives" / "incoming"
    with closing(socket.create_connection(("127.0.0.1", web.port), timeout=10)) as line:
        line.sendall("\r\n".join([*head, "", ""]).encode() + file + bytes(3_000_000))
        eventually(lambda: incoming.exists() and list(incoming.iterdir()), 5)
    eventually(lambda: list(incoming.iterdir()) == [], 5)
    assert not Submission.objects.exists()


def assert_told_as(accept: str, status: int, headers: dict[str, str], body: bytes, words: str) -> None:
    if accept == PROGRAM:
        assert headers["content-type"] == "application/problem+json"
        told = json.loads(body)
        assert told["status"] == status
        assert told["type"].endswith(f"/docs/refusals/#{told['code']}")
        assert words in told["detail"]
    else:
        assert headers["content-type"].startswith("text/html")
        assert words in body.decode()


# In this process: which pages and which methods


@pytest.mark.django_db
def test_the_limit_counts_only_where_a_body_comes(client, settings):
    settings.MAX_FORM_BYTES = 10
    assert client.get("/healthz", HTTP_CONTENT_LENGTH="11").status_code == 200


@pytest.mark.django_db
def test_an_archive_may_be_as_large_as_the_setting_says(client, settings, phase, alice, truth):
    client.force_login(alice)
    settings.MAX_FORM_BYTES = 0
    for spare, status in ((1000, 201), (-1, 413)):
        archive = SimpleUploadedFile("results.zip", truth.guessed(0.8))
        settings.MAX_UPLOAD_BYTES = archive.size + spare
        answer = client.post(phase.submit_url, {"archive": archive, **SAID}, headers={"Accept": PROGRAM})
        assert answer.status_code == status
    assert Submission.objects.count() == 1


@pytest.mark.django_db
def test_the_api_is_answered_as_programs_are_whatever_it_accepts(client, settings):
    settings.MAX_FORM_BYTES = 10
    answer = client.put("/api/v1/me/", b"x" * 11, headers={"Accept": PAGE})
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "application/problem+json")
