"""Runs the evaluator's command line as a sandboxed child process that has limits and dies with its parent."""

import ctypes
import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.conf import settings

from server.sandbox import drop_capabilities, identity, owned_by, restrict, sandbox_user

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)  # loaded before any fork
KERNELS = "EVALUATOR_KERNELS_DIR"  # folder of the evaluator's compiled kernels, if not beside it
LONGEST_ANSWER = 64 * 1024**2  # bytes; a rejection that names 50,000 files takes a third of that
LONGEST_COMPLAINT = 2000  # characters of one line of stderr
LONGEST_SILENCE = timedelta(minutes=15)  # progress comes every few seconds; without any, the evaluator hangs
LARGEST_PACK_MB = 4096
MOST_PROCESSES = 256  # more than one for each core

# Called with the latest progress (stage, done, total); an exception it raises stops the child.
Tick = Callable[[str, int, int], None]


class EvaluatorStopped(Exception):
    """The child was killed because it exceeded a limit; the message says which."""


class EvaluatorTimedOut(EvaluatorStopped):
    def __init__(self) -> None:
        super().__init__(f"The evaluator ran longer than {settings.EVALUATOR_TIMEOUT}.")


class EvaluatorSilent(EvaluatorStopped):
    def __init__(self) -> None:
        super().__init__(f"The evaluator made no progress for {LONGEST_SILENCE}.")


class EvaluatorOutOfMemory(EvaluatorStopped):
    def __init__(self, megabytes: int) -> None:
        super().__init__(
            f"The evaluator's processes used {megabytes} MB of memory together; "
            f"EVALUATOR_MEMORY_MB allows {settings.EVALUATOR_MEMORY_MB}."
        )


class EvaluatorFilledDisk(EvaluatorStopped):
    def __init__(self, megabytes: int, allowed: int) -> None:
        super().__init__(
            f"The evaluator wrote {megabytes} MB into its folder, and may write {allowed}; see EVALUATOR_DISK_MB."
        )


class EvaluatorForkedTooMuch(EvaluatorStopped):
    def __init__(self, processes: int) -> None:
        super().__init__(f"The evaluator started {processes} processes; the limit is {MOST_PROCESSES}.")


@dataclass(frozen=True)
class EvaluatorExit:
    """How the child ended: exit code (negative: killed by that signal), last line of stdout, rest of stderr."""

    code: int
    answer: str
    complaint: str

    def __str__(self) -> str:
        how = f"signal {-self.code}" if self.code < 0 else f"exit code {self.code}"
        return f"The evaluator ended with {how}. {self.complaint}".strip()


def run_evaluator(
    arguments: list[str],
    folder: Path,
    tick: Tick,
    *,
    readable_paths: Sequence[Path] = (),
    open_files: Sequence[Path] = (),
    like_scoring: bool = False,
) -> EvaluatorExit:
    """Run `python -m evaluator ARGUMENTS` in `folder`, calling `tick` at least twice a second.

    It may read `readable_paths`. It gets `open_files` as open descriptors, so that it needs no access to their
    paths; these are untrusted, so the child then (and if it is to run `like_scoring`) has the limits of scoring,
    and runs as another user if this process is root.
    Raises EvaluatorStopped where the child exceeds a limit, and whatever `tick` raises.
    """
    untrusted = like_scoring or bool(open_files)
    disk = settings.EVALUATOR_DISK_MB if untrusted else LARGEST_PACK_MB
    user = sandbox_user() if untrusted else None
    with owned_by(user, folder):
        with ExitStack() as files:
            stdout = files.enter_context((folder / "stdout").open("wb"))
            descriptors = {str(path): files.enter_context(path.open("rb")).fileno() for path in open_files}
            child = subprocess.Popen(
                [sys.executable, "-m", "evaluator", *(_by_descriptor(word, descriptors) for word in arguments)],
                cwd=settings.BASE_DIR,
                env=_environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=subprocess.PIPE,
                pass_fds=descriptors.values(),
                start_new_session=True,
                **(identity(user) if user else {}),
                preexec_fn=partial(_enter_sandbox, os.getpid(), folder, readable_paths, disk, untrusted),  # noqa: PLW1509  (a pool process has one thread)
            )
        try:
            complaint = _follow(child, tick, _Watch(child.pid, folder, disk))
        finally:
            _kill_group(child)
    return EvaluatorExit(child.wait(), _last_line(folder / "stdout"), complaint)


def _by_descriptor(word: str, descriptors: dict[str, int]) -> str:
    return f"/dev/fd/{descriptors[word]}" if word in descriptors else word


def _environment(folder: Path) -> dict[str, str]:
    kernels = {KERNELS: os.environ[KERNELS]} if KERNELS in os.environ else {}
    return kernels | {
        "PATH": os.environ.get("PATH", ""),
        "LANG": "C.UTF-8",
        "TMPDIR": str(folder),
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _enter_sandbox(parent: int, folder: Path, readable_paths: Sequence[Path], disk: int, untrusted: bool) -> None:
    """Restrict the child; called in it between fork and exec."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before prctl was called
        os._exit(1)
    os.umask(0o077)
    _limit(disk)
    if untrusted:
        drop_capabilities()
    restrict(folder, [*readable_paths, Path(os.environ.get(KERNELS, folder))])


def _limit(disk: int) -> None:
    memory = settings.EVALUATOR_MEMORY_MB * 1024**2
    seconds = int(settings.EVALUATOR_TIMEOUT.total_seconds()) + 1
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, disk * 1024**2),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(limit)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)  # noqa: PLW2901
        resource.setrlimit(limit, (value, value))


def _follow(child: subprocess.Popen[bytes], tick: Tick, watch: "_Watch") -> str:
    """Read the child's stderr until it ends; return the last lines that are not progress."""
    with suppress(OSError):  # it has ended already. Before its exec it could not: the worker's memory is hidden.
        Path(f"/proc/{child.pid}/oom_score_adj").write_text("1000")  # it dies before the worker if memory ends
    complaints: list[str] = []
    progress = ("starting", 0, 0)
    for lines in _lines(child):
        for line in lines:
            progress = _progress(line) or progress
            if not _progress(line):
                complaints = [*complaints[-19:], _shown(line)]
        watch.check(progress)
        tick(*progress)
    return "\n".join(complaints)


class _Watch:
    """Limits of the child's whole process group: time, progress, memory, disk, number of processes."""

    def __init__(self, group: int, folder: Path, disk: int) -> None:
        self.group, self.folder, self.disk = group, folder, disk
        self.ends = time.monotonic() + settings.EVALUATOR_TIMEOUT.total_seconds()
        self.progress, self.moved_at = ("", 0, 0), time.monotonic()
        self.next_measurement = 0.0

    def check(self, progress: tuple[str, int, int]) -> None:
        """Raises EvaluatorStopped where a limit is exceeded."""
        now = time.monotonic()
        if now > self.ends:
            raise EvaluatorTimedOut
        if progress != self.progress:
            self.progress, self.moved_at = progress, now
        if now - self.moved_at > LONGEST_SILENCE.total_seconds():
            raise EvaluatorSilent
        if now >= self.next_measurement:
            self.next_measurement = now + 0.5
            self._measure()

    def _measure(self) -> None:
        members = members_of(self.group)
        if len(members) > MOST_PROCESSES:
            raise EvaluatorForkedTooMuch(len(members))
        megabytes = memory_of(members) // 1024**2
        if megabytes > settings.EVALUATOR_MEMORY_MB:
            raise EvaluatorOutOfMemory(megabytes)
        written = sum(map(_size_of, self.folder.rglob("*"))) // 1024**2
        if written > self.disk:
            raise EvaluatorFilledDisk(written, self.disk)


def members_of(group: int) -> list[Path]:
    """Return the processes of a group, as folders of /proc."""
    return [entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and _group_of(entry) == group]


def memory_of(processes: Iterable[Path]) -> int:
    """Return the bytes of memory that these processes use; a page that several share counts once."""
    return sum(map(_memory_of, processes))


def _size_of(path: Path) -> int:
    try:
        return path.lstat().st_blocks * 512
    except OSError:  # removed meanwhile
        return 0


def _group_of(entry: Path) -> int | None:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[2])
    except (OSError, IndexError):  # it has ended
        return None


def _memory_of(entry: Path) -> int:
    """Own pages plus the share of common ones; mapped files are left out, as the kernel may drop them."""
    try:
        rollup = (entry / "smaps_rollup").read_text()
    except OSError:
        return 0
    amounts = dict(line.split(":", 1) for line in rollup.splitlines()[1:])
    return 1024 * sum(int(amounts.get(name, "0").split()[0]) for name in ("Pss_Anon", "Pss_Shmem"))


def _lines(child: subprocess.Popen[bytes]) -> Iterator[list[bytes]]:
    """Yield batches of complete lines of the child's stderr, at least every half second, until it closes."""
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
    """Decode a line as text that the database can store: PostgreSQL refuses NUL."""
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
    """Kill the child and all that it started; its session has no other members."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()  # or it would stay a zombie, and its files may be in use still
    if child.stderr:
        child.stderr.close()
