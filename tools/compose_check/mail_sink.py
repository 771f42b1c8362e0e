"""A mail server that prints what it takes, one mail after the other; runs in a container of its own."""

import socketserver

ANSWERS = {b"EHLO": b"250 here", b"HELO": b"250 here", b"MAIL": b"250 well", b"RCPT": b"250 well"}


class Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._say(b"220 here")
        while (line := self.rfile.readline()) and self._goes_on(line[:4].upper()):
            pass

    def _goes_on(self, command: bytes) -> bool:
        if command == b"DATA":
            self._say(b"354 go on")
            print(b"".join(iter(self.rfile.readline, b".\r\n")).decode(), flush=True)
        self._say(b"250 taken" if command == b"DATA" else ANSWERS.get(command, b"221 bye"))
        return command in ANSWERS or command == b"DATA"

    def _say(self, words: bytes) -> None:
        self.wfile.write(words + b"\r\n")


if __name__ == "__main__":
    socketserver.ThreadingTCPServer(("0.0.0.0", 2525), Conversation).serve_forever()  # noqa: S104
