"""Self check: whether this host can score; made before a worker claims evaluations and after each server error."""

import os
import socket
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from server.evaluator_process import run_evaluator
from server.files import is_full, work_folder
from server.leases import WorkerStopping, shutting_down, this_process

VALID_FOR = timedelta(minutes=10)
LONGEST = timedelta(minutes=1)
PREFIX = "self-check-"

_valid_until: float | None = None  # in monotonic time; None: never checked, 0: failed, or to be checked again


class TooSlow(Exception):
    def __init__(self) -> None:
        super().__init__(f"The self check did not end within {LONGEST}.")


def forget() -> None:
    """Make the next call of `problem` check again."""
    global _valid_until  # noqa: PLW0603  (each process of the pool answers for itself)
    _valid_until = 0


def pid_of(name: str) -> str:
    """The process of this host whose work folder of a self check has this name; empty for any other name."""
    host, _, pid = name.removeprefix(PREFIX).rpartition(":")
    return pid if name.startswith(PREFIX) and host == socket.gethostname() else ""


def is_first() -> bool:
    """Whether this process has never checked."""
    return _valid_until is None


def is_valid() -> bool:
    """Whether the last check passed, not long ago and with no failure since."""
    return _valid_until is not None and time.monotonic() < _valid_until


def problem() -> str:
    """Why this host cannot score; empty where it can. Raises WorkerStopping."""
    global _valid_until  # noqa: PLW0603
    if is_valid():
        return ""
    try:
        found = _problem()
    except WorkerStopping:
        raise
    except Exception as error:  # whatever it is, submissions would fail by it too
        found = f"{type(error).__name__}: {error}"
    _valid_until = 0 if found else time.monotonic() + VALID_FOR.total_seconds()
    return found


def _problem() -> str:
    for folder, ending in ((settings.ARCHIVES_DIR, ".zip"), (settings.GROUND_TRUTH_DIR, ".pack")):
        if not _holds(folder, ending):
            return f"{folder} holds no {ending} file, though submissions wait: is its volume mounted?"
    with work_folder(f"{PREFIX}{this_process()}") as folder:
        ends = time.monotonic() + LONGEST.total_seconds()
        arguments = ["self-check", "--jobs", "2"]
        ended = run_evaluator(arguments, folder, lambda *_: _heed(ends), like_scoring=True)
        if is_full(folder):
            return "The server's disk is full."
    return "" if ended.code == 0 else str(ended)


def _holds(folder: Path, ending: str) -> bool:
    with os.scandir(folder) as entries:
        return any(entry.name.endswith(ending) for entry in entries)


def _heed(ends: float) -> None:
    if shutting_down.is_set():
        raise WorkerStopping
    if time.monotonic() > ends:
        raise TooSlow
