"""Uploads in pieces, by sockets and curl to real web servers: cut, killed, started again, silent."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
from contextlib import closing

import pytest
from django.conf import settings

from server.accounts.services import make_token
from server.submissions.models import ResumableUpload, Submission
from tests.processes import eventually, site_of
from tests.slow_clients import Server, bearer

pytestmark = pytest.mark.django_db(transaction=True)
CONTENT = b"PK\x03\x04" + random.Random(3).randbytes(6_000_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


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


@pytest.mark.both_setups
def test_cut_and_killed_it_is_resumed_by_curl(start, phase, token, tmp_path):
    if not shutil.which("curl"):
        pytest.skip("no curl here")
    web = start()
    server = Server("127.0.0.1", web.port)
    path = server.announce(token, phase.pk, len(CONTENT), sha256=SHA256, filename="results.zip")
    begin_piece(server, path, token, CONTENT[:1_000_000]).close()
    eventually(lambda: offset_by_curl(web, path, token) == 1_000_000)
    with closing(begin_piece(server, path, token, CONTENT[1_000_000:2_000_000])):
        web.process.send_signal(signal.SIGKILL)
        web.stop()
    assert 1_000_000 < arrived() <= 2_000_000
    web = start()
    assert rest_by_curl(web, path, token, offset_by_curl(web, path, token)) == "204"
    fields = {"phase": phase.pk, "upload": path.rpartition("/")[2], "parameters": "25M", "rules_kept": "true"}
    form = [word for name, value in fields.items() for word in ("-F", f"{name}={value}")]
    told = json.loads(curl(token, *form, f"{web.url}/api/v1/submissions/"))
    assert (
        told["sha256"] == SHA256 == hashlib.sha256(Submission.objects.get().archive_path.read_bytes()).hexdigest()
    )


def curl(token: str, *words: str, content: bytes = b"") -> str:
    command = ["curl", "--silent", "--show-error", "--max-time", "30", "-H", bearer(token), *words]
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout.decode()


def offset_by_curl(web, path: str, token: str) -> int:
    told = curl(token, "--head", web.url + path).lower()
    return int(told.partition("upload-offset: ")[2].split()[0])


def rest_by_curl(web, path: str, token: str, offset: int) -> str:
    """Send what is left from a pipe, so that curl knows no length, and return the status."""
    kind = ("-H", "Content-Type: application/offset+octet-stream", "-H", f"Upload-Offset: {offset}")
    status = ("--output", "/dev/null", "--write-out", "%{http_code}")
    words = ("-X", "PATCH", *kind, *status, "-T", "-", web.url + path)
    return curl(token, *words, content=CONTENT[offset:])


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


def test_the_script_of_the_documentation_submits(web, phase, token, tmp_path):
    text = (settings.BASE_DIR / "docs" / "teams.md").read_text().partition("### Send an archive in pieces")[2]
    lines = [line[4:] for line in text.splitlines() if line.startswith("    ")]
    script = "\n".join(lines).replace("https://lid.example phase=12", f"{web.url} phase={phase.pk}")
    (tmp_path / "results.zip").write_bytes(CONTENT)
    ended = subprocess.run(
        ["sh", "-c", script],
        cwd=tmp_path,
        env=os.environ | {"LID_TOKEN": token},
        capture_output=True,
        timeout=30,
        check=True,
    )
    assert json.loads(ended.stdout)["sha256"] == SHA256, ended
    assert Submission.objects.get().method == "ResNet-50, epoch 12"
