"""Uploads in pieces, by sockets to real web servers: silent ones."""

import random
from contextlib import closing

import pytest

from server.accounts.services import make_token
from server.submissions.models import ResumableUpload
from tests.processes import eventually, site_of
from tests.slow_clients import Server, bearer

pytestmark = pytest.mark.django_db(transaction=True)
CONTENT = b"PK\x03\x04" + random.Random(3).randbytes(6_000_000)


@pytest.fixture
def token(alice) -> str:
    return make_token(user=alice, label="x", scope="submit", days=None)[1]


@pytest.fixture
def start(folders, tmp_path, shown):
    """Start a web server that ends a silent request after a second."""
    return lambda: shown(site_of(folders, tmp_path, CONNECTION_IDLE_SECONDS=1)).started()


def arrived() -> int:
    return ResumableUpload.objects.get().path.stat().st_size


def begin_piece(server: Server, path: str, token: str, content: bytes):
    """Begin to send the rest of the file; returns the connection, once the server has some of it."""
    before = arrived()
    head = server.piece_head(path, bearer(token), f"Content-Length: {len(CONTENT) - before}", offset=before)
    line = server.connect()
    line.sendall(head + content)
    eventually(lambda: arrived() > before)
    return line


def test_a_silent_piece_ends_and_so_does_its_lock(start, phase, token):
    server = Server("127.0.0.1", start().port)
    path = server.announce(token, phase.pk, len(CONTENT))
    with closing(begin_piece(server, path, token, CONTENT[:500_000])) as silent:
        assert server.ask(server.piece_head(path, bearer(token), "Content-Length: 9"))[0] == 423
        answer = silent.recv(65536).decode()
    assert answer.startswith("HTTP/1.1 204")
    offset = arrived()
    assert 400_000 < offset <= 500_000
    assert f"Upload-Offset: {offset}" in answer
    rest = CONTENT[offset:]
    head = server.piece_head(path, bearer(token), f"Content-Length: {len(rest)}", offset=offset)
    assert server.ask(head, rest)[0] == 204
    assert arrived() == len(CONTENT)
