"""A forwarding HTTP proxy: `forwarding_proxy.py LOG [REFUSAL]` prints its port and logs what it is asked for.

It relays requests with a whole address, and tunnels by CONNECT; given a refusal it answers all of them with that.
"""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from urllib.parse import urlsplit


@dataclass
class Proxy:
    """A running proxy."""

    url: str
    log: Path

    @property
    def asked(self) -> list[str]:
        """Method and address of each request, oldest first."""
        return self.log.read_text().splitlines()


@contextmanager
def forwarding_proxy(folder: Path, refusal: str = "") -> Iterator[Proxy]:
    log = folder / f"proxy{refusal}.log"
    command = [sys.executable, "-I", __file__, str(log), *([refusal] if refusal else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Proxy(f"http://127.0.0.1:{process.stdout.readline().strip()}", log)
        finally:
            process.kill()


class Handler(StreamRequestHandler):
    """One connection of a client, for one request."""

    server: "Server"

    def handle(self) -> None:
        method, address, version = self.rfile.readline().decode("latin-1").split()
        headers = list(iter(self.rfile.readline, b"\r\n"))
        self.server.note(f"{method} {address}")
        if self.server.refusal:
            self.wfile.write(f"{version} {self.server.refusal}\r\nContent-Length: 0\r\n\r\n".encode())
        elif method == "CONNECT":
            host, _, port = address.rpartition(":")
            with socket.create_connection((host, int(port))) as far:
                self.wfile.write(f"{version} 200 Connected\r\n\r\n".encode())
                self.relay(far)
        else:
            parts = urlsplit(address)
            path = address.partition(parts.netloc)[2] or "/"
            kept = [line for line in headers if not line.lower().startswith((b"proxy-", b"connection:"))]
            with socket.create_connection((parts.hostname, parts.port or 80)) as far:
                head = [f"{method} {path} {version}\r\n".encode(), *kept, b"Connection: close\r\n\r\n"]
                far.sendall(b"".join(head))
                self.relay(far)

    def relay(self, far: socket.socket) -> None:
        """Pass on what comes from either end, until the far one ends."""
        threading.Thread(target=passed_on, args=(self.rfile.read1, far), daemon=True).start()
        passed_on(far.recv, self.connection)


def passed_on(read, sink: socket.socket) -> None:
    with suppress(OSError, ValueError):
        while piece := read(2**16):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)


class Server(ThreadingTCPServer):
    """Listens on a port of its own."""

    daemon_threads = True

    def __init__(self, log: str, refusal: str = "") -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.refusal = refusal
        self._log = Path(log)

    def note(self, line: str) -> None:
        with self._log.open("a") as log:
            log.write(f"{line}\n")


if __name__ == "__main__":
    with Server(*sys.argv[1:]) as server:
        sys.stdout.write(f"{server.server_address[1]}\n")
        sys.stdout.flush()
        server.serve_forever()
