"""A client's connection: what has come of its request, and what is left of the response to it."""

import errno
import math
import re
import socket
import struct
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from gunicorn.http import get_parser
from gunicorn.workers.gthread import TConn

HEAD_ENDS = b"\r\n\r\n"
LONGEST_HEAD = 1024**2  # gunicorn itself refuses a shorter one
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
PIECE_OF_UPLOAD = b"PATCH /api/v1/uploads/"  # the last one, however small, has the whole file hashed
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
UNSENT = 4 * 1024**2  # bytes of a response that the loop sends; a thread waits with the rest of a longer one


class Connection(TConn):
    """A client's connection and what was received of its current request."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.keep_alive = False
        self.initialized = True  # the parser is made for each request
        self.begin()
        timeout = struct.pack("ll", *divmod(int(settings.CONNECTION_IDLE_SECONDS * 1_000_000), 1_000_000))
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):  # gunicorn resets a timeout of Python's
            self.sock.setsockopt(socket.SOL_SOCKET, option, timeout)

    def begin(self) -> None:
        """Begin a request."""
        self.received = bytearray()
        self.unsent = bytearray()
        self.searched = 0
        self.needed: int | None = None  # bytes, known once the head is complete
        self.is_upload = False
        self.arrived_at: datetime | None = None

    def is_whole(self) -> bool:
        """Whether a thread can take the request without waiting for the client."""
        if self.needed is None:
            self._find_end_of_head()
        return len(self.received) >= (LONGEST_HEAD if self.needed is None else self.needed)

    def _find_end_of_head(self) -> None:
        end = self.received.find(HEAD_ENDS, max(0, self.searched - len(HEAD_ENDS)))
        self.searched = len(self.received)
        if end < 0:
            return
        self.arrived_at = datetime.now(UTC)
        head, self.needed = bytes(self.received[: end + 2]), end + len(HEAD_ENDS)
        length = int(found[1]) if (found := LENGTH.search(head)) else 0
        self.is_upload = (
            bool(CHUNKED.search(head)) or length > settings.MAX_FORM_BYTES or head.startswith(PIECE_OF_UPLOAD)
        )
        if not self.is_upload:
            self.needed += length
        if len(self.received) < self.needed and EXPECTS.search(head):
            with suppress(OSError):
                self.sock.send(CONTINUE)

    def make_parser(self) -> None:
        """Make gunicorn's parser. It reads the socket for uploads only: no other thread waits for a client."""
        if self.is_upload:
            self.parser = get_parser(self.cfg, self.sock, self.client)
            self.parser.unreader.unread(bytes(self.received))
            self.received.clear()
        else:
            request = bytes(self.received[: self.needed])
            del self.received[: self.needed]
            self.parser = get_parser(self.cfg, [request], self.client)

    def postpone_continue(self, request: Any) -> None:
        """Let a client that asks send its body once a thread reads it, so that it sends none that is refused.

        gunicorn would tell it at once; where the loop reads the body, it has told it.
        """
        if request._expected_100_continue and self.is_upload:
            self.parser.unreader.sock = ExpectingSocket(self.sock)
        request._expected_100_continue = False

    def wait(self, patience: float) -> None:
        """Begin to wait: so many seconds for the next byte, and a limited time for all that is to be received."""
        self.patience = patience
        self.moved_at = time.monotonic()
        self.ends = math.inf if self.unsent else self.moved_at + 2 * settings.CONNECTION_IDLE_SECONDS

    def is_overdue(self, now: float) -> bool:
        return now > min(self.moved_at + self.patience, self.ends)

    def size(self) -> int:
        return len(self.received) + len(self.unsent)


class ExpectingSocket:
    """The socket of a client that asked whether to send its body."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock, self.is_answered = sock, False

    def recv(self, size: int) -> bytes:
        if not self.is_answered:
            self.is_answered = True
            self.sock.sendall(CONTINUE)
        return self.sock.recv(size)


class Outgoing:
    """The socket to which a thread writes its response. What the client does not take is left to the loop."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    def sendall(self, data: bytes) -> None:
        unsent, sock = self.conn.unsent, self.conn.sock
        if not unsent:
            with suppress(BlockingIOError):
                data = data[sock.send(data, socket.MSG_DONTWAIT) :]
        unsent += data
        if len(unsent) > UNSENT:
            try:
                sock.sendall(unsent)
            except BlockingIOError as error:
                raise ConnectionResetError(errno.ECONNRESET, "The client reads nothing.") from error
            finally:
                unsent.clear()

    send = sendall

    def shutdown(self, how: int) -> None:
        """Raises OSError, so that gunicorn leaves the end of the connection to the loop."""
        raise OSError(errno.ENOTSUP, "The loop ends connections.")

    def close(self) -> None:
        pass
