"""Slow and silent clients against a running server, and what others notice of them.

    python -m tests.slow_clients URL --phase ID --token lid_A --token lid_B … --other lid_Z [--seconds 20]

prints a table. The tokens are of people in teams of their own, who may submit to the phase; `--other` is of one
more.
"""

import argparse
import http.client
import json
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import uuid4

LARGE = 50_000_000
BOUNDARY = "frontier"
FILE = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="archive"; filename="a.zip"\r\n\r\n'
SUBMIT = "/api/v1/submissions/"
SAID = {"parameters": 1000, "rules_kept": "true", "method": "slow"}


@dataclass
class Server:
    """A server to connect to; its certificate is not checked."""

    host: str
    port: int
    name: str = "127.0.0.1"
    tls: bool = False

    @classmethod
    def at(cls, url: str) -> Self:
        parts = urlsplit(url)
        tls = parts.scheme == "https"
        name = parts.hostname or ""
        return cls(name, parts.port or (443 if tls else 80), name, tls)

    def connect(self, timeout: float = 30) -> socket.socket:
        line = socket.create_connection((self.host, self.port), timeout)
        if not self.tls:
            return line
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(line, server_hostname=self.name)

    def head(self, first: str, *headers: str) -> bytes:
        host = self.name if self.tls else f"{self.name}:{self.port}"
        return "\r\n".join([first, f"Host: {host}", *headers, "", ""]).encode()

    def ask(self, head: bytes, body: bytes = b"") -> tuple[int, http.client.HTTPMessage, bytes]:
        """Send a request whole and read the answer."""
        with self.connect() as line:
            line.sendall(head + body)
            answer = http.client.HTTPResponse(line)
            answer.begin()
            return answer.status, answer.headers, answer.read()

    def get(self, path: str) -> int:
        return self.ask(self.head(f"GET {path} HTTP/1.1", "Connection: close"))[0]

    def upload_head(self, length: int, *headers: str, path: str = SUBMIT) -> bytes:
        kind = f"Content-Type: multipart/form-data; boundary={BOUNDARY}"
        return self.head(f"POST {path} HTTP/1.1", kind, f"Content-Length: {length}", *headers)

    def announcement(self, token: str, phase: int, length: int, *headers: str, **metadata: str) -> bytes:
        """The head of a request that begins a resumable upload."""
        pairs = {"phase": str(phase), **metadata}
        told = ",".join(f"{name} {b64encode(value.encode()).decode()}" for name, value in pairs.items())
        said = (f"Upload-Length: {length}", f"Upload-Metadata: {told}", *headers)
        return self.head("POST /api/v1/uploads/ HTTP/1.1", bearer(token), *said)

    def announce(self, token: str, phase: int, length: int, **metadata: str) -> str:
        """Begin a resumable upload; its path."""
        status, answered, body = self.ask(self.announcement(token, phase, length, "Content-Length: 0", **metadata))
        assert status == 201, body
        return urlsplit(answered["Location"]).path

    def piece_head(self, path: str, *headers: str, offset: int = 0) -> bytes:
        kind = "Content-Type: application/offset+octet-stream"
        return self.head(f"PATCH {path} HTTP/1.1", kind, f"Upload-Offset: {offset}", *headers)

    def submit(self, token: str, phase: int, archive: bytes) -> tuple[int, dict[str, Any], datetime]:
        """Submit an archive by the API; the status, the answer and when its headers were sent."""
        fields = "".join(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in (SAID | {"phase": phase}).items()
        )
        body = (fields + FILE).encode() + archive + f"\r\n--{BOUNDARY}--\r\n".encode()
        sent_at = datetime.now(UTC)
        status, _, answer = self.ask(self.upload_head(len(body), bearer(token)), body)
        return status, json.loads(answer), sent_at

    def submit_pieces(self, token: str, phase: int, archive: bytes) -> tuple[int, dict[str, Any], datetime]:
        """Announce an archive, send it in one piece and submit it; as `submit`, by the announcement's headers."""
        sent_at = datetime.now(UTC)
        path = self.announce(token, phase, len(archive))
        self.ask(self.piece_head(path, bearer(token), f"Content-Length: {len(archive)}"), archive)
        body = json.dumps(SAID | {"phase": phase, "upload": path.rpartition("/")[2]}).encode()
        kind = ("Content-Type: application/json", f"Content-Length: {len(body)}")
        status, _, answer = self.ask(self.head(f"POST {SUBMIT} HTTP/1.1", bearer(token), *kind), body)
        return status, json.loads(answer), sent_at


def bearer(token: str) -> str:
    return f"Authorization: Bearer {token}"


@dataclass
class Slow:
    """Connections that have sent an opening, and then a byte now and then, or nothing."""

    server: Server
    lines: list[socket.socket] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)

    def add(self, opening: bytes = b"", count: int = 1) -> list[socket.socket]:
        """Open connections; each sends a first byte after this."""
        added = [self.server.connect() for _ in range(count)]
        for line in added:
            line.sendall(opening)
        self.lines += added
        return added

    def trickle(self, every: int = 1) -> None:
        """Send a byte on every connection, or on one in `every`, four times a second, until the end."""
        while not self._ended.wait(0.25):
            for line in self.lines[::every]:
                with suppress(OSError):
                    line.sendall(b"x")

    @contextmanager
    def trickling(self, every: int = 1) -> Iterator[None]:
        thread = threading.Thread(target=self.trickle, args=(every,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for line in self.lines:
            line.close()


@dataclass
class Noticed:
    """The slowest page and health check in seconds, and by how much the time of another team's upload is off."""

    pages: float = 0
    health: float = 0
    moment: float = 0
    status: int = 0

    @property
    def worst(self) -> float:
        return max(self.pages, self.health, self.moment)

    def __str__(self) -> str:
        return f"{self.pages:8.2f} s {self.health:8.2f} s {self.moment:8.2f} s   {self.status}"


ATTACKS = (
    *("silent", "half a head", "half a form", "upload, no token", "upload, tokens", "piece, no token"),
    *("piece, tokens", "announcement, tokens"),  # begun uploads count for a while: whoever begins more is refused
)


@contextmanager
def attack(server: Server, kind: str, tokens: list[str], phase: int, count: int = 8) -> Iterator[Slow]:
    """Hold `count` slow connections of one kind: every other one trickles, the rest are silent."""
    with Slow(server) as slow:
        for number in range(count):
            slow.add(opening(server, kind, tokens[number % len(tokens)], phase, number))
        with nullcontext() if kind == "silent" else slow.trickling(every=2):
            yield slow


def opening(server: Server, kind: str, token: str, phase: int, number: int) -> bytes:
    """What a slow connection of a kind sends at once; an upload, if the kind is none of those named here."""
    sized, content = f"Content-Length: {LARGE}", FILE.encode() + b"PK\x03\x04"
    openings: dict[str, Callable[[], bytes]] = {
        "silent": lambda: b"",
        "half a head": lambda: b"GET / HTTP/1.1\r\nX-Slow: ",
        "half a form": lambda: server.head("POST /account/login/ HTTP/1.1", "Content-Length: 100000"),
        "upload, no token": lambda: server.upload_head(LARGE) + content,
        "announcement, tokens": lambda: server.announcement(token, phase, LARGE, "Content-Length: 1000"),
        "piece, no token": lambda: server.piece_head(f"/api/v1/uploads/{uuid4()}", sized) + b"PK",
        "piece, tokens": lambda: (
            server.piece_head(server.announce(token, phase, LARGE), bearer(token), *length) + start
        ),
    }
    length, start = ([sized], b"PK") if number < 4 else (["Transfer-Encoding: chunked"], b"2faf080\r\nPK")
    return openings.get(kind, lambda: server.upload_head(LARGE, bearer(token)) + content)()


def notice(server: Server, seconds: float, token: str, phase: int, archive: bytes) -> Noticed:
    """Load pages for a while, then upload at once and in pieces; what somebody else notices meanwhile."""
    noticed, ends = Noticed(), time.monotonic() + seconds
    while True:
        noticed.pages = max(noticed.pages, _seconds_of(server, "/"))
        noticed.health = max(noticed.health, _seconds_of(server, "/healthz"))
        if time.monotonic() > ends:
            break
    for submit, content in ((server.submit, archive), (server.submit_pieces, archive + b"in pieces")):
        noticed.status, answer, sent_at = submit(token, phase, content)
        if noticed.status not in {200, 201}:
            break
        began_at = datetime.fromisoformat(answer["began_at"])
        noticed.moment = max(noticed.moment, abs((began_at - sent_at).total_seconds()))
    return noticed


def _seconds_of(server: Server, path: str) -> float:
    began = time.monotonic()
    status = server.get(path)
    assert status == 200, f"{path}: {status}"
    return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--phase", type=int, required=True)
    parser.add_argument("--token", action="append", required=True)
    parser.add_argument("--other", required=True)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--connections", type=int, default=8)
    options = parser.parse_args()
    server = Server.at(options.url)
    print(f"{options.connections} connections    {'page':>14} {'/healthz':>10} {'moment off':>10}   upload")
    for number, kind in enumerate(ATTACKS):
        archive = b"PK\x03\x04" + bytes([number]) * 600_000 + str(time.time()).encode()
        with attack(server, kind, options.token, options.phase, options.connections):
            print(f"{kind:20}", notice(server, options.seconds, options.other, options.phase, archive), flush=True)


if __name__ == "__main__":
    main()
