"""Rle a check in a forked child with the limits that the worker's child has, and measures it."""

import json
import os
import resource
import select
import signal
import tempfile
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path

from evaluator.contract import Rejected
from evaluator.engine import check

SECONDS = 10
MEMORY = 512 * 2**20  # bytes resident at the most
DISK = 256 * 2**20
ADDRESS_SPACE = 2048 * 2**20  # beyond what this process has already; EVALUATOR_MEMORY_MB is as much in all


@dataclass(frozen=True)
class Verdict:
    """What came of one archive: its problems' codes (none: accepted), and the bytes it took."""

    codes: list[str]
    memory: int
    disk: int


def verdict_on(path, manifest):
    """Check the archive at `path` in a child; AssertionError where it hangs, dies or uses too much."""
    with tempfile.TemporaryDirectory() as folder:
        codes, memory = in_a_child(lambda: _codes_of(path, manifest), folder)
        disk = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
    assert memory <= MEMORY, f"{path} took {memory:,} bytes of memory"
    assert disk <= DISK, f"{path} took {disk:,} bytes of disk"
    return Verdict(codes, memory, disk)


def _codes_of(path, manifest):
    try:
        check(path, manifest)
    except Rejected as rejected:
        rejected.to_json()
        return [problem.code for problem in rejected.problems]
    return []


def in_a_child(work, folder):
    """Return what `work` returned, and the peak of the child's memory in bytes."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # some Pythons warn of threads, which take no part here
        child = os.fork()
    if child == 0:
        _answer(work, writing, folder)
    os.close(writing)
    answer = _read(reading, child)
    _, status, used = os.wait4(child, 0)
    assert answer, f"the child ended by {status} without an answer, or did not end within {SECONDS} s"
    outcome = json.loads(answer)
    assert "crash" not in outcome, outcome["crash"]
    return outcome["answer"], used.ru_maxrss * 1024


def _answer(work, writing, folder):
    """In the child: set the limits, work, answer, and leave at once."""
    try:
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
        for limit, value in (
            (resource.RLIMIT_AS, _mapped() + ADDRESS_SPACE),
            (resource.RLIMIT_CPU, SECONDS),
            (resource.RLIMIT_FSIZE, DISK),
            (resource.RLIMIT_NOFILE, 256),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.setrlimit(limit, (value, value))
        outcome = {"answer": work()}
    except BaseException:
        outcome = {"crash": traceback.format_exc()}
    os.write(writing, json.dumps(outcome).encode())
    os._exit(0)


def _mapped():
    """The address space that this process has, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _read(reading, child):
    """Read the child's answer; where none comes in time the child is ended."""
    with os.fdopen(reading, "rb") as pipe:
        if not select.select([pipe], [], [], SECONDS)[0]:
            os.kill(child, signal.SIGKILL)
            return b""
        return pipe.read()
