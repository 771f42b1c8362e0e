"""Caddy in front of a real web server: its own refusals, and uploads in pieces over HTTP/2."""

import hashlib
import json
import os
import signal
import subprocess

import pytest

from server.accounts.services import make_token
from server.error_views import NOTHING_SAVED, SERVICE_UNAVAILABLE
from server.problem_json import CODES
from server.submissions.models import ResumableUpload, Submission
from tests.caddy import LARGEST, Caddy
from tests.foreign_clients.clients import script
from tests.processes import eventually, site_of
from tests.slow_clients import LARGE, Slow, bearer

pytestmark = pytest.mark.django_db(transaction=True)
PRIVATE = "lid.test"
CONTENT = b"PK\x03\x04" + bytes(3_000_000)


@pytest.fixture
def token(alice) -> str:
    return make_token(user=alice, label="x", scope="submit", days=None)[1]


def problem_in(headers, body: bytes) -> dict:
    assert headers["Content-Type"] == "application/problem+json"
    return json.loads(body)


def test_what_caddy_refuses_itself_is_said_as_the_application_says_it(folders, tmp_path, shown, phase, token):
    web = shown(site_of(folders, tmp_path, TRUSTED_PROXY="true")).started()
    caddy = shown(Caddy(tmp_path, web.port)).started()
    server = caddy.server
    status, headers, body = server.ask(server.upload_head(LARGEST + 1, bearer(token)), bytes(300_000))
    assert (status, problem_in(headers, body)["code"]) == (413, CODES[413])
    assert json.loads(body)["detail"] == f"The limit is {LARGEST} bytes. {NOTHING_SAVED}"
    path = server.announce(token, phase.pk, LARGE)
    with Slow(server) as slow:
        head = server.piece_head(path, bearer(token), f"Content-Length: {LARGE}")
        (line,) = slow.add(head + bytes(200_000))
        eventually(lambda: ResumableUpload.objects.get().path.stat().st_size)
        web.process.send_signal(signal.SIGKILL)
        web.stop()
        with slow.trickling():  # Caddy answers once it cannot pass something on
            assert line.recv(65536).startswith(b"HTTP/1.1 502")
    status, headers, body = server.ask(server.head("GET /api/v1/tracks/ HTTP/1.1"))
    problem = problem_in(headers, body)
    assert status in {502, 503}  # as it still tries the web server, or has noticed by its own checks
    assert (problem["status"], headers["Retry-After"]) == (status, "30")
    assert (problem["code"], problem["detail"]) == (CODES[503], SERVICE_UNAVAILABLE)
    assert problem["type"] == f"{caddy.url}/docs/refusals/#{CODES[503]}"
    status, headers, body = server.ask(server.head("GET / HTTP/1.1"))
    assert (status in {502, 503}, headers["Content-Type"]) == (True, "text/plain; charset=utf-8")
    assert body.decode() == f"{problem['title']}. {SERVICE_UNAVAILABLE}"


def test_the_script_of_the_documentation_submits_over_http_2_to_a_private_name(
    folders, tmp_path, shown, phase, token
):
    own = {"TRUSTED_PROXY": "true", "ALLOWED_HOSTS": PRIVATE, "SITE_URL": f"https://{PRIVATE}"}
    web = shown(site_of(folders, tmp_path, **own)).started()
    caddy = shown(Caddy(tmp_path, web.port, PRIVATE)).started()
    address = f"{PRIVATE}:{caddy.server.port}:127.0.0.1"
    (tmp_path / ".curlrc").write_text(f"cacert = {caddy.root}\nresolve = {address}\nverbose\n")
    (tmp_path / "results.zip").write_bytes(CONTENT)
    ended = subprocess.run(
        ["sh", "-c", script(caddy.url, phase.pk)],
        cwd=tmp_path,
        env=os.environ | {"LID_TOKEN": token, "HOME": str(tmp_path)},
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert json.loads(ended.stdout)["sha256"] == hashlib.sha256(CONTENT).hexdigest(), ended
    assert b"< HTTP/2 204" in ended.stderr
    assert b"HTTP/1.1" not in ended.stderr
    assert Submission.objects.get().size == len(CONTENT)
    assert "no-body response" not in web.output()
