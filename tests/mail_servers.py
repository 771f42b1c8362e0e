"""A mail server on this machine that takes mails, or misbehaves: `server.mood = "hangs"`."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

ANSWERS = {b"EHLO": b"250 here", b"MAIL": b"250 well", b"RCPT": b"250 well", b"RSET": b"250 well"}
PATIENCE = 30  # seconds; a conversation that hangs ends with the test


class Conversation(socketserver.StreamRequestHandler):
    """What one client hears, by the server's mood: it takes, refuses, hangs, or drops in the middle."""

    server: "MailServer"

    def handle(self) -> None:
        with self.server.taking:
            self.server.calls += 1
        if self.server.mood == "hangs":
            self.server.ending.wait(PATIENCE)
            return
        while self.server.calls < self.server.greets_from and not self.server.ending.wait(0.1):
            self._say(b"220-wait for the others")  # said again and again, it keeps the line alive
        self._say(b"421 not now" if self.server.mood == "refuses" else b"220 here")
        while (line := self.rfile.readline()) and self._answered(line.strip()):
            pass

    def _answered(self, line: bytes) -> bool:
        """Whether the conversation goes on."""
        command = line[:4].upper()
        if command == b"DATA":
            return self._take()
        self._say(ANSWERS.get(command, b"221 bye"))
        return command in ANSWERS

    def _take(self) -> bool:
        self._say(b"354 go on")
        if self.server.mood == "drops":
            self.rfile.readline()
            return False
        lines = iter(self.rfile.readline, b".\r\n")
        self.server.take(b"".join(line.removeprefix(b".") for line in lines))
        if self.server.mood == "hangs after":
            self.server.ending.wait(PATIENCE)
            return False
        self._say(b"250 taken")
        return True

    def _say(self, words: bytes) -> None:
        self.wfile.write(words + b"\r\n")


class MailServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 20

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.mood, self.calls = "takes", 0
        self.greets_from = 0  # so many callers wait for each other
        self.mails: list[EmailMessage] = []
        self.ending, self.taking = threading.Event(), threading.Lock()

    @property
    def port(self) -> int:
        return self.server_address[1]

    def take(self, content: bytes) -> None:
        with self.taking:
            self.mails.append(message_from_bytes(content, policy=policy.default))

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed in the middle is no fault."""


@contextmanager
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        try:
            yield server
        finally:
            server.ending.set()
            server.shutdown()
            thread.join()
