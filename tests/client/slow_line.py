"""A slow line to a server, so that a test can interrupt what takes long on it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

PIECE = 2**16
BYTES_A_SECOND = 24 * 2**20


@contextmanager
def slow_line(port: int) -> Iterator[str]:
    """Relay connections to a local port; yields the address of the slow end."""

    class Relay(BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(("127.0.0.1", port)) as far:
                back = threading.Thread(target=relay, args=(far, self.request, 0))
                back.start()
                relay(self.request, far, PIECE / BYTES_A_SECOND)
                back.join()

    with ThreadingTCPServer(("127.0.0.1", 0), Relay) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def relay(source: socket.socket, sink: socket.socket, pause: float) -> None:
    with suppress(OSError):
        while piece := source.recv(PIECE):
            sink.sendall(piece)
            time.sleep(pause)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
