"""What the web server refuses before Django sees it: problem+json with a documented code, as everywhere."""

import http.client
import json
import socket
from contextlib import closing

import pytest

from server.api.codes import all_codes
from tests.processes import site_of

REFUSED = {
    "no HTTP": (b"nonsense\r\n\r\n", 400, "bad_request"),
    "no version": (b"GET /api/v1/tracks/ HTTP/7.7\r\n\r\n", 400, "bad_request"),
    "no header": (b"GET /api/v1/tracks/ HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", 400, "bad_request"),
    "long address": (b"GET /api/v1/tracks/?" + b"a" * 5000 + b" HTTP/1.1\r\n\r\n", 414, "address_too_long"),
    "long header": (b"GET / HTTP/1.1\r\nX: " + b"a" * 9000 + b"\r\n\r\n", 431, "headers_too_large"),
    "many headers": (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 101 + b"\r\n", 431, "headers_too_large"),
    "other coding": (b"POST /api/v1/me/ HTTP/1.1\r\nTransfer-Encoding: rot13\r\n\r\n", 400, "bad_request"),
    "other host": (b"GET /api/v1/tracks/ HTTP/1.1\r\nHost: other.example\r\n\r\n", 400, "bad_request"),
    "too slow": (b"GET /api/v1/tracks/ HTTP/1.1\r\nX-Slow: ", 408, "request_timeout"),
    "half a body": (b"POST /api/v1/me/ HTTP/1.1\r\nContent-Length: 9\r\n\r\na", 408, "request_timeout"),
}


@pytest.fixture
def hasty(folders, tmp_path, shown):
    """A server that waits for nobody longer than a second."""
    return shown(site_of(folders, tmp_path, CONNECTION_IDLE_SECONDS=1)).started()


def test_what_is_no_request_is_a_problem_with_a_code(hasty):
    answers = {name: _ask(hasty.port, sent) for name, (sent, *_) in REFUSED.items()}
    assert answers == {name: (status, code) for name, (_, status, code) in REFUSED.items()}
    assert {code for *_, code in REFUSED.values()} <= set(all_codes())


def _ask(port: int, sent: bytes) -> tuple[int, str]:
    with closing(socket.create_connection(("127.0.0.1", port), 20)) as line:
        line.sendall(sent)
        answer = http.client.HTTPResponse(line)
        answer.begin()
        assert answer.headers["Content-Type"] == "application/problem+json"
        said = json.loads(answer.read())
        assert said["status"] == answer.status
        assert said["detail"]
        return answer.status, said["code"]
