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
from pathlib import Path

from django.conf import settings

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)  # loaded before any fork

# Each tick gets the latest progress; raising from it stops the child.
Tick = Callable[[str, int, int], None]


class ChildTimedOut(Exception):
    """The child ran longer than it may."""


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
            preexec_fn=_limit,  # noqa: PLW1509  (a pool process has one thread)
        )
    try:
        complaint = _follow(child, tick)
    finally:
        _kill_group(child)
    return Ended(child.wait(), _last_line(folder / "stdout"), complaint)


def _environment(folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", ""),
        "LANG": "C.UTF-8",
        "TMPDIR": str(folder),
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _limit() -> None:
    """Runs in the child between fork and exec."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
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
    deadline = time.monotonic() + settings.EVALUATOR_TIMEOUT.total_seconds()
    complaints: list[str] = []
    progress = ("starting", 0, 0)
    for lines in _lines(child):
        for line in lines:
            progress = _progress(line) or progress
            if not _progress(line):
                complaints = [*complaints[-19:], line.decode(errors="replace").strip()]
        tick(*progress)
        if time.monotonic() > deadline:
            raise ChildTimedOut
    return "\n".join(complaints)


def _lines(child: subprocess.Popen[bytes]) -> Iterator[list[bytes]]:
    """Batches of complete lines of the child's stderr, at least every half second, until it closes."""
    descriptor, rest = child.stderr.fileno(), b""  # type: ignore[union-attr]
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while True:
            ready = selector.select(timeout=0.5)
            chunk = os.read(descriptor, 65536) if ready else b""
            *lines, rest = (rest + chunk).split(b"\n")
            yield lines
            if (ready and not chunk) or (child.poll() is not None and not ready):
                yield [rest] if rest else []
                return


def _progress(line: bytes) -> tuple[str, int, int] | None:
    try:
        report = json.loads(line)
        return str(report["stage"])[:20], int(report["done"]), int(report["total"])
    except (ValueError, TypeError, KeyError):
        return None


def _last_line(path: Path) -> str:
    lines = path.read_text(errors="replace").splitlines()
    return lines[-1] if lines else ""


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """End the child and whatever it started; its session has no other members."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()  # or it would stay a zombie, and its files may be in use still
    if child.stderr:
        child.stderr.close()
