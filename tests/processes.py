"""The web server and the worker as processes, on the test's own database and folders, ended by their pid."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from django.conf import settings
from django.db import connection

START_SECONDS = 30
PATIENCE = 1  # seconds
WORKING = re.compile("-m evaluator (score|pack|uncertainty) ")
DYING_WITH_US = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
WORKER = [*("-W", "ignore", "-m", "celery", "-A", "server", "worker"), *("--loglevel", "info", "--without-mingle")]


def eventually(condition: Callable[[], Any], seconds: float = 30) -> Any:
    """The condition's first true value; a failure with its last value where none comes in time."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"still {value!r} after {seconds} s"
        time.sleep(0.05)
    return value


def environment(data: Path, **variables: object) -> dict[str, str]:
    """What points a process of ours at the test's database, folders and broker."""
    ours = {
        "DATA_DIR": data,
        "GROUND_TRUTH_DIR": settings.GROUND_TRUTH_DIR,
        "GROUND_TRUTH_DRAFTS_DIR": settings.GROUND_TRUTH_DRAFTS_DIR,
        "DATABASE_URL": database_url(),
        "CELERY_BROKER_URL": settings.CELERY_BROKER_URL,
        "CACHE_URL": "locmemcache://",
        "SECRET_KEY": settings.SECRET_KEY,
        "EVALUATOR_JOBS": 1,
        "SWEEP_SECONDS": 0.3,
        "LEASE_SECONDS": 3,
        "RETRY_SECONDS": "0.5,1,2",
        "WATCH_SECONDS": 0,
        "PYTHONUNBUFFERED": 1,
    }
    here = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return here | {name: str(value) for name, value in (ours | variables).items()}


def database_url() -> str:
    """The test's database, as the environment names it."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    user, password = quote(facts["USER"]), quote(facts["PASSWORD"] or "")
    login = f"{user}:{password}" if password else user
    if facts["HOST"].startswith("/"):
        return f"postgres://{login}@/{facts['HOST']}/{facts['NAME']}"
    return f"postgres://{login}@{facts['HOST']}:{facts['PORT'] or 5432}/{facts['NAME']}"


class Process:
    """A process in a session of its own, whose output can be read while it runs."""

    END = signal.SIGTERM

    def __init__(
        self,
        name: str,
        arguments: list[str],
        environment: dict[str, str],
        log: Path,
        inherits: tuple[int, ...] = (),
    ) -> None:
        self.name, self.log = name, log
        self._sink = log.open("wb")
        self.process = subprocess.Popen(
            [*DYING_WITH_US, sys.executable, *arguments],
            cwd=settings.BASE_DIR,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=inherits,
        )

    def __str__(self) -> str:
        return f"{self.name} (pid {self.process.pid}, exit code {self.process.poll()})"

    @property
    def pid(self) -> int:
        return self.process.pid

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def is_up(self) -> bool:
        raise NotImplementedError

    def started(self) -> Self:
        eventually(lambda: self.is_up() or self.process.poll() is not None, START_SECONDS)
        assert self.process.poll() is None, f"{self} ended at once:\n{self.output()}"
        return self

    def stop(self) -> None:
        """Ask it to end, and KILL what does not heed that, or was left behind."""
        self.process.send_signal(self.END)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self.process.wait(5)
            self._sink.close()

    def freeze(self) -> None:
        """Stop it and all beneath it, where they stand, until `thaw`."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        for pid in [self.pid, *self.offspring()]:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def offspring(self) -> list[int]:
        """The processes beneath this one, the evaluator's among them."""
        return descendants(self.pid)


class Worker(Process):
    """`celery -A server worker`."""

    END = signal.SIGKILL  # an orderly end takes seconds, and the tests of one wait themselves

    def __init__(self, folder: Path, environment: dict[str, str], number: int = 0) -> None:
        name = [] if number == 0 else ["--hostname", f"test{number}@%h"]
        super().__init__("the worker", [*WORKER, *name], environment, folder / f"worker-{number}.log")

    def is_up(self) -> bool:
        return " ready." in self.output()

    def evaluator(self) -> int | None:
        """The pid of the outermost process that scores, packs or resamples, while one does."""
        return next((pid for pid in self.offspring() if WORKING.search(command_of(pid))), None)


class Site(Process):
    """gunicorn with its threads, on a port that is its own from the start."""

    END = signal.SIGQUIT  # without waiting for connections that are kept alive

    def __init__(self, bound: socket.socket, environment: dict[str, str], folder: Path) -> None:
        self.port = bound.getsockname()[1]
        self.url, self.mail_folder = f"http://127.0.0.1:{self.port}", folder / "mails"
        arguments = ["-W", "ignore", "-m", "gunicorn", "server.wsgi", "--bind", f"fd://{bound.fileno()}"]
        super().__init__("the web server", arguments, environment, folder / "web.log", (bound.fileno(),))

    def is_up(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0 and "Booting worker" in self.output()

    def mails(self) -> list[EmailMessage]:
        """All that was mailed, oldest first."""
        files = sorted(self.mail_folder.glob("*.log"), key=lambda path: path.stat().st_mtime_ns)
        texts = (text for path in files for text in path.read_bytes().split(b"\n" + b"-" * 79 + b"\n"))
        return [message_from_bytes(text, policy=policy.default) for text in texts if text.strip()]


def site_of(data: Path, folder: Path, **variables: object) -> Site:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        own = {
            "SITE_URL": f"http://127.0.0.1:{bound.getsockname()[1]}",
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "EMAIL_URL": f"filemail:///{folder / 'mails'}",
        }
        return Site(bound, environment(data, **(own | variables)), folder)


def descendants(pid: int) -> list[int]:
    """All processes beneath one, by what /proc says of their parents."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (parent := parent_of(int(entry.name))) is not None:
            children.setdefault(parent, []).append(int(entry.name))
    found = list(children.get(pid, []))
    for child in found:
        found.extend(children.get(child, []))
    return found


def parent_of(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return None


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def is_alive(pid: int) -> bool:
    """Whether a process still runs; one that only waits to be reaped does not."""
    return _state_of(pid) not in {"Z", "X"}


def is_frozen(pid: int) -> bool:
    return _state_of(pid) == "T"


def _state_of(pid: int) -> str:
    """The letter by which /proc tells what a process does; X where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"
