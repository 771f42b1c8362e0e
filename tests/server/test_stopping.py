"""A web server that is told to stop ends what it has begun, and leaves the rest to others."""

import signal
import socket
import time

import pytest

from tests import processes
from tests.processes import Process, eventually


class Server(Process):
    """gunicorn on a port that it opens itself, as in its container."""

    def __init__(self, port: int, environment: dict[str, str], log) -> None:
        self.port = port
        super().__init__(
            "the web server", ["-m", "gunicorn", "server.wsgi", "-b", f"127.0.0.1:{port}"], environment, log
        )

    def is_up(self) -> bool:
        return self.answers() and "Booting worker" in self.output()

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.mark.django_db(transaction=True)
def test_who_is_being_heard_gets_an_answer_and_others_are_refused_at_once(folders, tmp_path, shown):
    """A proxy sends the others elsewhere; behind an open port they would wait until the last upload ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    web = shown(
        Server(port, processes.environment(folders, ALLOWED_HOSTS="localhost"), tmp_path / "log")
    ).started()
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\n")
        time.sleep(0.3)
        web.process.send_signal(signal.SIGTERM)
        eventually(lambda: not web.answers(), 5)
        client.sendall(b"Host: localhost\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 200")
    assert web.process.wait(10) == 0
