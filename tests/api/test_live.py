"""Handing in over a real connection: what a test client would smooth over."""

import socket
import time
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse

import pytest
from acting import a_zip

EDGE = "edge"
FORM = f"multipart/form-data; boundary={EDGE}"


@pytest.fixture
def connection(live_server):
    with closing(HTTPConnection(live_server.thread.host, live_server.thread.port, timeout=20)) as opened:
        yield opened


def form_of(phase) -> bytes:
    fields = {"phase": phase.pk, "parameters": "25.6M", "rules_kept": "true"}.items()
    head = "".join(f'--{EDGE}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields)
    file = f'--{EDGE}\r\nContent-Disposition: form-data; name="archive"; filename="a.zip"\r\n\r\n'
    return (head + file).encode() + a_zip().read() + f"\r\n--{EDGE}--\r\n".encode()


def ask(connection, program, length: int | None, body: bytes = b"", **headers: str) -> HTTPResponse:
    """Send a submission whose headers claim this length, and this much of a body."""
    connection.putrequest("POST", "/api/v1/submissions/")
    sent = {"Authorization": f"Bearer {program.secret}", "Content-Type": FORM, **headers}
    for name, value in sent.items():
        connection.putheader(name.replace("_", "-"), value)
    if length is not None:
        connection.putheader("Content-Length", str(length))
    connection.endheaders(body)
    connection.sock.shutdown(socket.SHUT_WR)
    return connection.getresponse()


@pytest.mark.both_setups
def test_a_submission_arrives(connection, alice, phase, settings):
    body = form_of(phase)
    answer = ask(connection, alice, len(body), body)
    assert answer.status == 201
    assert answer.headers["Location"].endswith("/")
    assert len(list(settings.ARCHIVES_DIR.glob("*.zip"))) == 1


@pytest.mark.usefixtures("nothing_kept")
def test_a_body_larger_than_any_archive_is_refused_by_its_headers(connection, alice):
    answer = ask(connection, alice, 9 * 1024**3)
    assert (answer.status, answer.headers["Content-Type"]) == (413, "application/problem+json")


@pytest.mark.usefixtures("nothing_kept")
def test_a_body_of_no_known_length_is_refused_by_its_headers(connection, alice):
    answer = ask(connection, alice, None, Transfer_Encoding="chunked")
    assert (answer.status, answer.headers["Content-Type"]) == (411, "application/problem+json")


@pytest.mark.both_setups
@pytest.mark.usefixtures("nothing_kept")
def test_a_connection_that_breaks_off_leaves_nothing(connection, alice, phase, settings):
    body = form_of(phase)
    answer = ask(connection, alice, len(body), body[:-40])
    assert answer.status == 400
    answer.read()
    for _ in range(50):
        if not list(settings.ARCHIVES_DIR.rglob("*.part")):
            break
        time.sleep(0.1)
