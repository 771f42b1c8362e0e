"""The gunicorn worker class, in which slow and silent clients occupy no thread that others need.

One loop receives the head of every request, and its body if it has at most MAX_FORM_BYTES, before a thread takes
it, and sends what a client does not take at once. It also hears out clients that are still sending after their
response. Larger bodies are read in other threads than those of the pages.
"""

import errno
import socket
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.db import connections
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

from server.problem_json import problem_message
from server.web_connection import Connection, Outgoing

LATE = 408, "The request did not arrive in time. Send it again."
FAULTY = 500, "This is a server error, not your mistake, and it was logged for the operators."
# The answer to what gunicorn refuses: the first kind that it is.
UNREADABLE: dict[type[Exception], tuple[int, str]] = {
    errors.LimitRequestLine: (414, "The address is too long. Send fewer or shorter query parameters."),
    errors.LimitRequestHeaders: (431, "The headers are too many or too long. Send fewer or shorter ones."),
    errors.InvalidResponseHeader: FAULTY,
    errors.InvalidResponseHeaderName: FAULTY,
    errors.ParseException: (400, "This is no HTTP request: its first line, headers or chunks are malformed."),
    Exception: FAULTY,
}
ROOM = 64 * 1024**2  # bytes of all requests and responses that wait in the loop
SLICE = 64 * 1024


class Worker(ThreadWorker):
    """gunicorn's threaded worker with a loop of our own around its threads."""

    def run(self) -> None:
        self.waiting: dict[Connection, None] = {}  # those that the loop listens to, the longest waiting first
        self.held = 0  # bytes of their requests and responses
        self.next_look = 0.0
        self.upload_pool = ThreadPoolExecutor(settings.UPLOAD_THREADS)
        stopping = threading.Event()
        if settings.WATCH_SECONDS:
            from server.desk.watch import watch  # noqa: PLC0415  (needs the apps to be loaded)

            # From here, since a worker that is gone raises no alarm.
            threading.Thread(target=watch, args=[stopping], name="watch", daemon=True).start()
        super().run()
        stopping.set()
        self.upload_pool.shutdown(wait=False)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Take what waits, and close the door, once told to stop: other servers may answer what comes later."""
        super().set_accept_enabled(enabled and self.alive)
        if not self.alive:
            for listener in self.sockets:
                self._accept_all(listener)
                listener.close()
            self.sockets.clear()

    def _accept_all(self, listener: socket.socket) -> None:
        before = -1
        while self.nr_conns > before:
            before = self.nr_conns
            self.accept(listener)

    def accept(self, listener: socket.socket) -> None:
        try:
            client, address = listener.accept()
            conn = Connection(self.cfg, client, address, listener.getsockname())
        except OSError as error:
            if error.errno in {errno.EMFILE, errno.ENFILE}:
                self._drop_longest_waiting()
            elif error.errno not in {errno.EAGAIN, errno.ECONNABORTED, errno.EINVAL}:
                raise
            return
        self.nr_conns += 1
        self._wait(conn, self._receive, settings.CONNECTION_IDLE_SECONDS)
        if self.nr_conns >= self.worker_connections:
            self._drop_longest_waiting()

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
        conn.postpone_continue(req)
        answering = SimpleNamespace(sock=Outgoing(conn), client=conn.client, server=conn.server)
        try:
            return bool(super().handle_request(req, answering))
        finally:
            if conn.is_upload:  # PostgreSQL has fewer connections than we have upload threads
                connections.close_all()

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Answer as the application does what gunicorn refuses, or what failed around the application."""
        answer = next(answer for kind, answer in UNREADABLE.items() if isinstance(exc, kind))
        if answer is FAULTY:
            self.log.error("Error handling request %s", getattr(req, "uri", ""), exc_info=exc)
        else:
            self.log.warning("Invalid request from ip=%s: %s", addr and addr[0], exc)
        with suppress(OSError):
            client.sendall(problem_message(*answer))

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:
        return keepalive

    def finish_request(self, conn: Connection, done: "Future[bool]") -> None:
        """Send what the client has not taken yet."""
        conn.sock.setblocking(False)
        conn.keep_alive = not done.cancelled() and not done.exception() and done.result()
        conn.received.clear()
        if conn.unsent:
            self._wait(conn, self._send, settings.CONNECTION_IDLE_SECONDS, EVENT_WRITE)
            self._make_room()
        else:
            self._finish(conn)

    def _send(self, conn: Connection, _: Any) -> None:
        if conn not in self.waiting:  # dropped since the loop was told
            return
        try:
            sent = conn.sock.send(conn.unsent[:SLICE])
        except BlockingIOError:
            return
        except OSError:
            self._drop(conn)
            return
        conn.moved_at = time.monotonic()
        del conn.unsent[:sent]
        self.held -= sent
        if not conn.unsent:
            self._forget(conn)
            self._finish(conn)

    def _finish(self, conn: Connection) -> None:
        """Wait for the next request on the connection, or end it."""
        if conn.keep_alive:
            conn.begin()
            self._wait(conn, self._receive, self.cfg.keepalive)
        else:
            self._hear_out(conn)

    def _wait(self, conn: Connection, callback: Any, patience: float, event: int = EVENT_READ) -> None:
        conn.wait(patience)
        self.waiting[conn] = None
        self.held += conn.size()
        self.poller.register(conn.sock, event, partial(callback, conn))

    def _forget(self, conn: Connection) -> None:
        del self.waiting[conn]
        self.held -= conn.size()
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
        self._make_room()

    def _start_if_whole(self, conn: Connection) -> None:
        if conn.is_whole():
            self._forget(conn)
            self.enqueue_req(conn)

    def _hear_out(self, conn: Connection) -> None:
        """Read on for a while: a client that is still sending when its connection closes loses the response."""
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
        conn.moved_at = time.monotonic()
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
                conn.sock.send(problem_message(*LATE))
        self.nr_conns -= 1
        conn.close()

    def _make_room(self) -> None:
        while self.held > ROOM:
            self._drop_longest_waiting()

    def _drop_longest_waiting(self) -> None:
        if conn := next(iter(self.waiting), None):
            self._drop(conn)

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
            if not conn.size():
                conn.patience = self.cfg.keepalive
