"""Runs the evaluator's command line as a child without secrets, with limits, that dies with its parent."""

import ctypes
import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.conf import settings

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)  # loaded before any fork
LONGEST_ANSWER = 64 * 1024**2  # bytes; a rejection that names 50,000 files has a third of that
LONGEST_COMPLAINT = 2000  # letters of one line
LONGEST_SILENCE = timedelta(minutes=15)  # progress comes every few seconds; without any, it hangs

# Each tick gets the latest progress; raising from it stops the child.
Tick = Callable[[str, int, int], None]


class ChildStopped(Exception):
    """The child was ended because it used more than it may; the message says of what."""


class ChildTimedOut(ChildStopped):
    def __init__(self) -> None:
        super().__init__(f"The evaluator ran longer than {settings.EVALUATOR_TIMEOUT}.")


class ChildSilent(ChildStopped):
    def __init__(self) -> None:
        super().__init__(f"The evaluator made no progress for {LONGEST_SILENCE}.")


class ChildTooLarge(ChildStopped):
    def __init__(self, megabytes: int) -> None:
        super().__init__(
            f"The evaluator's processes used {megabytes} MB of memory together; "
            f"EVALUATOR_MEMORY_MB allows {settings.EVALUATOR_MEMORY_MB}."
        )


@dataclass(frozen=True)
class Ended:
    """How a child ended: exit code (negative: killed by that signal), the last line it said, its complaints."""

    code: int
    answer: str
    complaint: str

    def __str__(self) -> str:
        how = f"signal {-self.code}" if self.code < 0 else f"exit code {self.code}"
        return f"The evaluator ended with {how}. {self.complaint}".strip()


def run_evaluator(arguments: list[str], folder: Path, tick: Tick) -> Ended:
    """Run `python -m evaluator ARGUMENTS` in `folder`, calling `tick` at least twice a second."""
    with (folder / "stdout").open("wb") as stdout:
        child = subprocess.Popen(
            [sys.executable, "-m", "evaluator", *arguments],
            cwd=settings.BASE_DIR,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=partial(_limit, os.getpid()),  # noqa: PLW1509  (a pool process has one thread)
        )
    try:
        complaint = _follow(child, tick)
    finally:
        _kill_group(child)
    return Ended(child.wait(), _last_line(folder / "stdout"), complaint)


def _environment(folder: Path) -> dict[str, str]:
    kernels = {name: os.environ[name] for name in ["NUMBA_CACHE_DIR"] if name in os.environ}
    return kernels | {
        "PATH": os.environ.get("PATH", ""),
        "LANG": "C.UTF-8",
        "TMPDIR": str(folder),
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _limit(parent: int) -> None:
    """Runs in the child between fork and exec."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)
    memory = settings.EVALUATOR_MEMORY_MB * 1024**2
    seconds = int(settings.EVALUATOR_TIMEOUT.total_seconds()) + 1
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 4 * 1024**3),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(limit)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)  # noqa: PLW2901
        resource.setrlimit(limit, (value, value))


def _follow(child: subprocess.Popen[bytes], tick: Tick) -> str:
    """Read the child's progress until it ends; returns the last lines that were no progress."""
    watch = _Watch(child.pid)
    complaints: list[str] = []
    progress = ("starting", 0, 0)
    for lines in _lines(child):
        for line in lines:
            progress = _progress(line) or progress
            if not _progress(line):
                complaints = [*complaints[-19:], _shown(line)]
        watch.look(progress)
        tick(*progress)
    return "\n".join(complaints)


class _Watch:
    """Ends by raising what runs too long, hangs or, all its processes together, fills too much memory."""

    def __init__(self, group: int) -> None:
        self.group = group
        self.ends = time.monotonic() + settings.EVALUATOR_TIMEOUT.total_seconds()
        self.progress, self.moved_at = ("", 0, 0), time.monotonic()
        self.next_weighing = 0.0

    def look(self, progress: tuple[str, int, int]) -> None:
        now = time.monotonic()
        if now > self.ends:
            raise ChildTimedOut
        if progress != self.progress:
            self.progress, self.moved_at = progress, now
        if now - self.moved_at > LONGEST_SILENCE.total_seconds():
            raise ChildSilent
        if now >= self.next_weighing:
            self.next_weighing = now + 0.5
            megabytes = memory_of_group(self.group) // 1024**2
            if megabytes > settings.EVALUATOR_MEMORY_MB:
                raise ChildTooLarge(megabytes)


def memory_of_group(group: int) -> int:
    """The bytes of memory that only a process group fills; a page that several share counts once."""
    members = (entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and _group_of(entry) == group)
    return sum(map(_memory_of, members))


def _group_of(entry: Path) -> int | None:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[2])
    except (OSError, IndexError):  # it has ended
        return None


def _memory_of(entry: Path) -> int:
    """Its own pages and its share of common ones; mapped files are left out, as the kernel may drop them."""
    try:
        facts = (entry / "smaps_rollup").read_text()
    except OSError:
        return 0
    amounts = dict(line.split(":", 1) for line in facts.splitlines()[1:])
    return 1024 * sum(int(amounts.get(name, "0").split()[0]) for name in ("Pss_Anon", "Pss_Shmem"))


def _lines(child: subprocess.Popen[bytes]) -> Iterator[list[bytes]]:
    """Batches of complete lines of the child's stderr, at least every half second, until it closes."""
    descriptor, rest = child.stderr.fileno(), b""  # type: ignore[union-attr]
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while True:
            ready = selector.select(timeout=0.5)
            chunk = os.read(descriptor, 65536) if ready else b""
            *lines, rest = (rest + chunk).split(b"\n")
            rest = rest[-65536:]  # a line without an end
            yield lines
            if (ready and not chunk) or (child.poll() is not None and not ready):
                yield [rest] if rest else []
                return


def _shown(line: bytes) -> str:
    """Text that a database takes: PostgreSQL refuses NUL."""
    return line.decode(errors="replace").replace("\0", "").strip()[:LONGEST_COMPLAINT]


def _progress(line: bytes) -> tuple[str, int, int] | None:
    try:
        report = json.loads(line)
        return str(report["stage"])[:20], int(report["done"]), int(report["total"])
    except (ValueError, TypeError, KeyError):
        return None


def _last_line(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LONGEST_ANSWER))
        lines = file.read().decode(errors="replace").splitlines()
    return lines[-1] if lines else ""


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """End the child and whatever it started; its session has no other members."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()  # or it would stay a zombie, and its files may be in use still
    if child.stderr:
        child.stderr.close()
