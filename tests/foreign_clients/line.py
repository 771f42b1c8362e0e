"""A line to a server that breaks."""

import select
import socket
import struct
import threading
from collections.abc import Iterable
from contextlib import closing, suppress
from typing import Self

PIECE = 256 * 1024
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close without a farewell


class BreakingLine:
    """Relays connections to a local port, and breaks one whenever it has passed on so many bytes in all.

    At one of these numbers, `stops_at`, it first waits until `goes_on` is set.
    """

    def __init__(self, port: int, breaks: Iterable[int], stops_at: int) -> None:
        self.port, self.passed, self.broken = port, 0, 0
        self._breaks, self._stops_at = sorted(breaks), stops_at
        self.stopped, self.goes_on = threading.Event(), threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # the listener's end
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._relay, args=(near,), daemon=True).start()

    def _relay(self, near: socket.socket) -> None:
        with closing(near), suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 60) as far:
            other = {near: far, far: near}
            while True:
                for end in select.select([near, far], [], [])[0]:
                    data = end.recv(PIECE)
                    if not data:
                        return
                    other[end].sendall(data)
                    if end is near and self._breaks_after(len(data)):
                        for one in other:
                            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                        return

    def _breaks_after(self, length: int) -> bool:
        with self._lock:
            self.passed += length
            if not (self._breaks and self.passed >= self._breaks[0]):
                return False
            if self._breaks.pop(0) == self._stops_at:
                self.stopped.set()
                self.goes_on.wait()
            self.broken += 1
            return True
