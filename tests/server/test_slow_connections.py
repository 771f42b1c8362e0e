"""Slow and silent clients, by real sockets to real web servers: nobody else notices them."""

import http.client
import json
import random
import signal
import socket
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from server.accounts.services import make_token
from server.submissions.models import Submission
from server.teams import services as teams
from tests.caddy import Caddy
from tests.processes import eventually, site_of
from tests.slow_clients import ATTACKS, FILE, LARGE, Server, Slow, attack, bearer, notice

pytestmark = pytest.mark.django_db(transaction=True)
IDLE = 1  # seconds
MANY = {"limit": 40, "daily_submission_limit": 40}
ARCHIVE = b"PK\x03\x04" + bytes(600_000)  # large enough to be read by an upload thread
BEGINNING = FILE.encode() + b"PK\x03\x04" + bytes(2_000_000)


@pytest.fixture
def token_of():
    return lambda user: make_token(user=user, label="x", scope="submit", days=None)[1]


@pytest.fixture
def teams_of_four(person, token_of):
    """The tokens of four people, each in a team of their own."""
    people = [person(f"Slow{number}") for number in range(4)]
    for user in people:
        teams.create_team(user=user, name=f"team {user.name}", affiliation="A")
    return [token_of(user) for user in people]


@pytest.fixture
def server(web):
    return Server("127.0.0.1", web.port)


@pytest.fixture
def impatient(folders, tmp_path, shown):
    """A web server that waits for one second only."""
    return Server("127.0.0.1", shown(site_of(folders, tmp_path, CONNECTION_IDLE_SECONDS=IDLE)).started().port)


@pytest.fixture
def slow(request):
    """Slow clients of the server that the test uses."""
    name = "impatient" if "impatient" in request.fixturenames else "server"
    with Slow(request.getfixturevalue(name)) as clients:
        yield clients


@pytest.mark.both_setups
def test_others_notice_nothing_of_slow_clients(server, slow, truth, open_phase, alice, token_of, teams_of_four):
    assert_form_may_be_announced(server)
    assert_readers_of_nothing_are_not_noticed(server, slow)
    assert_others_notice_nothing(server, open_phase(**MANY), token_of(alice), teams_of_four)


@pytest.mark.both_setups
def test_others_notice_nothing_behind_caddy(
    folders, tmp_path, shown, truth, open_phase, alice, token_of, teams_of_four
):
    web = shown(site_of(folders, tmp_path, TRUSTED_PROXY="true")).started()
    server = shown(Caddy(tmp_path, web.port)).started().server
    assert_others_notice_nothing(server, open_phase(**MANY), token_of(alice), teams_of_four)


def assert_others_notice_nothing(server, phase, token, teams_of_four):
    """Not even of twenty uploads of one person, which is the last attack."""
    notice(server, 0, token, phase.pk, ARCHIVE + b"first")  # takes longer in a new process
    quiet = notice(server, 0.5, token, phase.pk, ARCHIVE + b"quiet")
    seen, four = {}, [(kind, teams_of_four, 8) for kind in ATTACKS]
    for number, (kind, tokens, count) in enumerate([*four, ("upload, one token", teams_of_four[:1], 20)]):
        with attack(server, kind, tokens, phase.pk, count):
            seen[kind] = notice(server, 0.5, token, phase.pk, ARCHIVE + bytes([number]))
    assert {noticed.status for noticed in seen.values()} == {201}
    assert max(noticed.worst for noticed in seen.values()) < max(1, 4 * quiet.worst), seen


@pytest.mark.both_setups
def test_a_third_upload_at_once_is_refused_in_words(server, slow, phase, alice, bob, charlie, token_of):
    """Two of Alice's are on their way: one as a form, one in pieces."""
    token = token_of(alice)
    path = server.announce(token, phase.pk, LARGE)
    alices = slow.add(server.piece_head(path, bearer(token), f"Content-Length: {LARGE}") + bytes(200_000))
    slow.add(server.upload_head(LARGE, bearer(token)) + BEGINNING)
    eventually(lambda: len([one for one in incoming() if one.stat().st_size]) == 2)
    announcement = server.announcement(token, phase.pk, LARGE, "Content-Length: 0")
    for head in (announcement, server.piece_head(path, bearer(token), "Content-Length: 0")):
        status, _, body = server.ask(head)
        assert (status, json.loads(body)["code"]) == (429, "too_many_uploads")
        assert "already sending 2 uploads. Wait" in json.loads(body)["detail"]
    status, answer, _ = server.submit(token, phase.pk, ARCHIVE)
    assert (status, answer["code"]) == (429, "too_many_uploads")
    assert answer["detail"].startswith("You are")
    status, answer, _ = server.submit(token_of(bob), phase.pk, ARCHIVE)
    assert (status, answer["detail"].startswith("Your team is")) == (429, True)
    assert_page_refuses(server, phase, alice)
    assert server.submit(token_of(charlie), phase.pk, ARCHIVE)[0] == 201
    alices[0].close()
    eventually(lambda: server.submit(token_of(bob), phase.pk, ARCHIVE)[0] == 201)


def incoming() -> list[Path]:
    """The files of what is on its way."""
    return list((settings.ARCHIVES_DIR / "incoming").glob("*"))


def cookie_of(person) -> str:
    """The header that logs a person in."""
    browser = Client()
    browser.force_login(person)
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    return f"Cookie: {settings.SESSION_COOKIE_NAME}={session}; csrftoken={'a' * 32}"


def assert_page_refuses(server, phase, person):
    """The page refuses one more upload, for people and for its script."""
    cookie = cookie_of(person)
    for accept, kind in (("text/html", "text/html"), ("application/json", "application/problem+json")):
        status, headers, page = server.ask(
            server.upload_head(LARGE, cookie, f"Accept: {accept}", path=phase.submit_url)
        )
        assert (status, headers["Retry-After"]) == (429, "30")
        assert headers["Content-Type"].startswith(kind)
        assert b"You are already sending 2 uploads" in page


def test_a_long_response_comes_whole_however_slowly_it_is_read(server, alice, submitted):
    """Longer than what the loop sends, so a thread waits with the rest."""
    content = b"PK\x03\x04" + random.randbytes(8_000_000)
    path = f"/submissions/{submitted(alice, content=content).pk}/archive.zip"
    with closing(server.connect()) as line:
        line.sendall(server.head(f"GET {path} HTTP/1.1", cookie_of(alice)))
        answer = http.client.HTTPResponse(line)
        answer.begin()
        time.sleep(0.5)
        assert server.get("/healthz") == 200
        assert (answer.status, answer.read() == content) == (200, True)


def test_a_connection_that_says_nothing_is_ended(impatient, slow, phase, alice, token_of):
    head = impatient.upload_head(LARGE, bearer(token_of(alice)))
    answers = {
        "silent": slow.add(),
        "half a head": slow.add(b"GET / HTTP/1.1\r\nX-Slow: "),
        "half a form": slow.add(impatient.head("POST /account/login/ HTTP/1.1", "Content-Length: 1000") + b"a"),
        "half an upload": slow.add(head + BEGINNING),
    }
    statuses = {name: all_of(line)[9:12] for name, (line,) in answers.items()}
    assert statuses == {"silent": b"", "half a head": b"408", "half a form": b"408", "half an upload": b"400"}
    eventually(lambda: incoming() == [])


def test_slow_bytes_do_not_keep_a_request_or_a_refused_body_for_ever(impatient, slow):
    slow.add(b"GET / HTTP/1.1\r\nX-Slow: ")
    slow.add(impatient.head("POST /account/login/ HTTP/1.1", "Content-Length: 1000"))
    slow.add(impatient.upload_head(LARGE) + BEGINNING)
    lines = list(slow.lines)
    with slow.trickling():
        statuses = [all_of(line)[9:12] for line in lines]
    assert statuses == [b"408", b"408", b"401"]


def test_a_silent_piece_ends_and_so_does_its_lock(impatient, slow, phase, alice, token_of):
    token = token_of(alice)
    path = impatient.announce(token, phase.pk, LARGE)
    sized = f"Content-Length: {LARGE}"
    (silent,) = slow.add(impatient.piece_head(path, bearer(token), sized) + bytes(500_000))
    eventually(lambda: incoming()[0].stat().st_size)
    assert impatient.ask(impatient.piece_head(path, bearer(token), "Content-Length: 9"))[0] == 423
    answer = silent.recv(65536).decode()
    offset = incoming()[0].stat().st_size
    assert answer.startswith("HTTP/1.1 204")
    assert 400_000 < offset <= 500_000
    assert f"Upload-Offset: {offset}" in answer
    for said, answered in ((offset - 1, b"409"), (offset, b"100")):  # curl asks so before it sends
        expects = ("Content-Length: 1000", "Expect: 100-continue")
        (line,) = slow.add(impatient.piece_head(path, bearer(token), *expects, offset=said))
        assert line.recv(65536)[9:12] == answered
    line.sendall(bytes(1000))
    assert line.recv(65536)[9:12] == b"204"
    assert incoming()[0].stat().st_size == offset + 1000


def assert_readers_of_nothing_are_not_noticed(server, slow):
    """Each asks for a file of more than a megabyte."""
    files = server.head("GET /static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js HTTP/1.1")
    slow.add(files, 12)
    time.sleep(0.5)
    began = time.monotonic()
    assert server.get("/healthz") == 200
    assert time.monotonic() - began < 5
    assert {len(all_of_length(line)) > 1_000_000 for line in slow.lines[-2:]} == {True}


def all_of_length(line: socket.socket) -> bytes:
    """The whole answer to a request on a connection that stays open."""
    answer = http.client.HTTPResponse(line)
    answer.begin()
    return answer.read()


def assert_form_may_be_announced(server):
    """By “Expect: 100-continue”: the client waits for it before it sends the form."""
    head = server.head(
        *("POST /api/v1/me/ HTTP/1.1", "Expect: 100-continue", "Content-Length: 10", "Connection: close")
    )
    with closing(server.connect(5)) as line:
        line.sendall(head)
        assert line.recv(12) == b"HTTP/1.1 100"
        line.sendall(b"x" * 10)
        assert all_of(line).count(b"HTTP/1.1") == 1


def test_a_restart_waits_for_uploads_and_not_for_silent_clients(web, server, slow, phase, alice, token_of):
    slow.add(count=3)
    body = BEGINNING + bytes(1_000_000) + b"\r\n--frontier--\r\n"
    with closing(server.connect()) as line:
        line.sendall(server.upload_head(len(body), bearer(token_of(alice))) + body[:2_000_000])
        eventually(incoming)
        web.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        line.sendall(body[2_000_000:])
        answer = all_of(line)
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "form_incomplete"  # it was read to its end
    web.process.wait(6)
    assert not Submission.objects.exists()


def all_of(line: socket.socket) -> bytes:
    """All that the server sends until it closes the connection."""
    answer = b""
    with suppress(ConnectionResetError):
        while data := line.recv(65536):
            answer += data
    return answer
