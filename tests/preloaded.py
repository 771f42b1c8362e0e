"""Python processes from a parent that has imported what others wrote, so that they start in a third of the time.

All that is ours they import after the fork, with arguments, environment and folder of their own. They hash
passwords in no time. Run as a module, this is the parent, which ends with the tests, and its children with it.
"""

import ctypes
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO

from django.contrib.auth.hashers import PBKDF2PasswordHasher

# What servers import and what needs no settings. One that is missing here costs time and nothing else.
MODULES = (
    *("celery.apps.worker", "celery.bin.celery", "celery.concurrency.prefork", "celery.fixups.django"),
    *("celery.worker.consumer", "django.contrib.admin", "django.contrib.staticfiles", "django.views.i18n"),
    *("django.core.handlers.wsgi", "django.core.mail.backends.filebased", "django.core.management.commands.check"),
    *("django.test", "django_filters.rest_framework", "environ", "fido2.server", "gunicorn.app.wsgiapp"),
    *("gunicorn.workers.gthread", "kombu.transport.redis", "markdown_it", "nh3", "psycopg2", "redis"),
    *("rest_framework.authentication", "rest_framework.serializers", "sqlite3", "whitenoise.middleware"),
)
QUICK_ITERATIONS = 1000  # of a password's hash, for which a real one takes a third of a second
PR_SET_PDEATHSIG = 1
LARGEST_REQUEST = 1 << 16


class Preloaded:
    """`python -W ignore -m MODULE …` as a fork of the parent, with as much of Popen as the tests use."""

    def __init__(
        self, arguments: list[str], cwd: Path, env: dict[str, str], stdout: IO[bytes], pass_fds: tuple[int, ...]
    ) -> None:
        request = {"arguments": arguments, "env": env, "cwd": str(cwd), "pass_fds": pass_fds}
        self._answers, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(
                _parent()[0], [json.dumps(request).encode()], [theirs.fileno(), stdout.fileno(), *pass_fds]
            )
        self.args, self.returncode = arguments, None
        self.pid = self._answer()

    def poll(self) -> int | None:
        if self.returncode is None and _is_ready(self._answers, 0):
            self.returncode = self._answer()
            self._answers.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None and not _is_ready(self._answers, timeout):
            raise subprocess.TimeoutExpired(self.args, timeout)
        return self.poll()

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it ended meanwhile
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _answer(self) -> int:
        answer = self._answers.recv(4)
        assert answer, "the parent of the preloaded processes is gone"
        return int.from_bytes(answer, signed=True)


def _is_ready(connection: socket.socket, timeout: float | None) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        return bool(selector.select(timeout))


@cache
def _parent() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Our end of a connection to the parent, and the parent, which starts when first asked for."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:
        parent = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", __name__, str(its.fileno())],
            cwd=Path(__file__).parent.parent,
            env={name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
            | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            pass_fds=[its.fileno()],
            start_new_session=True,
        )
    return ours, parent


class Parent:
    """Forks a process for each request, and answers first its pid, then its exit code."""

    def __init__(self, requests: socket.socket) -> None:
        self.requests, self.selector = requests, selectors.DefaultSelector()
        self.selector.register(requests, selectors.EVENT_READ)

    def serve(self) -> list[str]:
        """Return the arguments of a process in that process alone; the parent exits where the tests have ended."""
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is not self.requests:
                    self._tell_end(key.fd, *key.data)
                elif arguments := self._fork():
                    return arguments

    def _fork(self) -> list[str] | None:
        message, files, *_ = socket.recv_fds(self.requests, LARGEST_REQUEST, 3)
        if not message:
            sys.exit()
        request, parent = json.loads(message), os.getpid()
        answers, *given = files
        if pid := os.fork():
            os.write(answers, pid.to_bytes(4))
            self.selector.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, answers))
            for file in given:
                os.close(file)
            return None
        self._forget(answers)
        _become(parent, given, **request)
        return request["arguments"]

    def _tell_end(self, pidfd: int, pid: int, answers: int) -> None:
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self.selector.unregister(pidfd)
        with socket.socket(fileno=answers) as told:
            told.sendall(code.to_bytes(4, signed=True), socket.MSG_NOSIGNAL)
        os.close(pidfd)

    def _forget(self, answers: int) -> None:
        """Close in a child what is the parent's."""
        os.close(answers)
        for key in list(self.selector.get_map().values()):
            if key.data:
                os.close(key.fd)
                os.close(key.data[1])
        self.selector.close()
        self.requests.close()


def _become(
    parent: int, files: list[int], arguments: list[str], env: dict[str, str], cwd: str, pass_fds: list[int]
) -> None:
    """Be in session, environment, folder and files what a child of the tests would be."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    os.setsid()
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    output, *passed = files
    for stream in (1, 2):
        os.dup2(output, stream)
    os.close(output)
    for file, number in zip(passed, pass_fds, strict=True):
        if file != number:
            os.dup2(file, number)
            os.close(file)


def main() -> None:
    requests = socket.socket(fileno=int(sys.argv[1]))
    for name in MODULES:
        importlib.import_module(name)
    PBKDF2PasswordHasher.iterations = QUICK_ITERATIONS
    gc.freeze()
    _, module, *sys.argv[1:] = Parent(requests).serve()
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
