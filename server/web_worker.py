"""The gunicorn worker class, in which slow and silent clients occupy no thread that others need.

One loop receives the head of every request, and its body if it has at most MAX_FORM_BYTES, before a thread takes
it. The loop also hears out clients that are still sending after their response. Larger bodies are read in other
threads than those of the pages.
"""

import errno
import fcntl
import re
import socket
import struct
import termios
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from selectors import EVENT_READ
from typing import Any

from django.conf import settings
from gunicorn.http import get_parser
from gunicorn.workers.gthread import TConn, ThreadWorker

HEAD_ENDS = b"\r\n\r\n"
LONGEST_HEAD = 1024**2  # gunicorn itself refuses a shorter one
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
LATE = b"The request did not arrive in time. Send it again.\n"
TIMEOUT = (
    b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Type: text/plain\r\n"
    b"Content-Length: %d\r\n\r\n%s"
) % (len(LATE), LATE)
ROOM = 64 * 1024**2  # bytes of all requests that are being received
SEND_BUFFER = 1024**2  # most responses fit, so that a slow reader occupies no thread
SLICE = 64 * 1024


class Connection(TConn):  # type: ignore[misc]  # gunicorn comes without types
    """A client's connection and what was received of its current request."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.initialized = True  # the parser is made for each request
        self.begin()
        timeout = struct.pack("ll", *divmod(int(settings.CONNECTION_IDLE_SECONDS * 1_000_000), 1_000_000))
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):  # gunicorn resets a timeout of Python's
            self.sock.setsockopt(socket.SOL_SOCKET, option, timeout)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)

    def begin(self) -> None:
        """Begin a request."""
        self.received = bytearray()
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
        self.is_upload = bool(CHUNKED.search(head)) or length > settings.MAX_FORM_BYTES
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

    def unsent_bytes(self) -> int:
        """Return how much of the responses the client has not read yet."""
        return int(struct.unpack("i", fcntl.ioctl(self.sock, termios.TIOCOUTQ, bytes(4)))[0])

    def wait(self, patience: float) -> None:
        """Begin to wait for bytes: at most so many seconds for the next one, and a limited time for all."""
        self.patience = patience
        self.heard_at = time.monotonic()
        self.ends = self.heard_at + 2 * settings.CONNECTION_IDLE_SECONDS

    def is_overdue(self, now: float) -> bool:
        return now > min(self.heard_at + self.patience, self.ends)


class Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker with a loop of our own around its threads."""

    def run(self) -> None:
        self.waiting: dict[Connection, None] = {}  # those that the loop listens to, the longest waiting first
        self.held = 0  # bytes received by them
        self.next_look = 0.0
        self.upload_pool = ThreadPoolExecutor(settings.UPLOAD_THREADS)
        super().run()
        self.upload_pool.shutdown(wait=False)

    def accept(self, listener: socket.socket) -> None:
        try:
            client, address = listener.accept()
            conn = Connection(self.cfg, client, address, listener.getsockname())
        except OSError as error:
            if error.errno in {errno.EMFILE, errno.ENFILE}:
                self._make_room()
            elif error.errno not in {errno.EAGAIN, errno.ECONNABORTED, errno.EINVAL}:
                raise
            return
        self.nr_conns += 1
        self._wait(conn, self._receive, settings.CONNECTION_IDLE_SECONDS)
        if self.nr_conns >= self.worker_connections:
            self._make_room()

    def enqueue_req(self, conn: Connection) -> None:
        """Hand a request to a thread."""
        conn.make_parser()
        pool = self.upload_pool if conn.is_upload else self.tpool
        future = pool.submit(self.handle, conn)
        future.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))

    def handle_request(self, req: Any, conn: Connection) -> bool:
        req.body.arrived_at = conn.arrived_at
        if conn.is_upload or conn.received:  # what comes next may be the rest of a body
            req.force_close()
        if not conn.is_upload:
            req._expected_100_continue = False  # the loop has sent it
        return bool(super().handle_request(req, conn))

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:
        return keepalive

    def finish_request(self, conn: Connection, done: "Future[bool]") -> None:
        """Wait for the next request on the connection, or end it."""
        if conn.sock.fileno() < 0:  # closed after an error
            self.nr_conns -= 1
            return
        conn.sock.setblocking(False)
        keep_alive = not done.cancelled() and not done.exception() and done.result()
        if keep_alive and conn.unsent_bytes() <= SLICE:
            conn.begin()
            self._wait(conn, self._receive, self.cfg.keepalive)
        else:
            self._hear_out(conn)

    def _wait(self, conn: Connection, callback: Any, patience: float) -> None:
        conn.wait(patience)
        self.waiting[conn] = None
        self.held += len(conn.received)
        self.poller.register(conn.sock, EVENT_READ, partial(callback, conn))

    def _forget(self, conn: Connection) -> None:
        del self.waiting[conn]
        self.held -= len(conn.received)
        self.poller.unregister(conn.sock)

    def _receive(self, conn: Connection, _: Any) -> None:
        data = self._read(conn)
        if data is None:
            return
        conn.received += data
        conn.patience = settings.CONNECTION_IDLE_SECONDS
        self.held += len(data)
        if not data and conn.needed is None:
            self._drop(conn)
        elif not data:  # the application says what is wrong with half a body
            self._forget(conn)
            self.enqueue_req(conn)
        else:
            self._start_if_whole(conn)
        if self.held > ROOM:
            self._make_room()

    def _start_if_whole(self, conn: Connection) -> None:
        if conn.is_whole():
            self._forget(conn)
            self.enqueue_req(conn)

    def _hear_out(self, conn: Connection) -> None:
        """Read on for a while: a client that is still sending when its connection closes loses the response."""
        conn.received.clear()
        self._wait(conn, self._discard, settings.CONNECTION_IDLE_SECONDS)
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(conn)

    def _discard(self, conn: Connection, _: Any) -> None:
        if self._read(conn) == b"":
            self._drop(conn)

    def _read(self, conn: Connection) -> bytes | None:
        """Return what has come, b"" at the end of the connection, None if there is nothing to do."""
        if conn not in self.waiting:  # dropped since the loop was told
            return None
        conn.heard_at = time.monotonic()
        try:
            return bytes(conn.sock.recv(SLICE))
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def _drop(self, conn: Connection) -> None:
        self._forget(conn)
        if conn.received:
            with suppress(OSError):
                conn.sock.send(TIMEOUT)
        self.nr_conns -= 1
        conn.close()

    def _make_room(self) -> None:
        """Drop the connections that have waited longest."""
        for conn in list(self.waiting):
            self._drop(conn)
            if self.held <= ROOM // 2:
                return

    def murder_pending(self) -> None:
        """Drop, once a second, connections whose request did not come in time; gunicorn's loop calls this."""
        now = time.monotonic()
        if now < self.next_look:
            return
        self.next_look = now + 1
        for conn in [conn for conn in self.waiting if conn.is_overdue(now)]:
            self._drop(conn)

    def _cap_keepalive(self, deadline: float) -> None:
        """Let no idle connection delay the stop."""
        for conn in self.waiting:
            if not conn.received:
                conn.patience = self.cfg.keepalive
