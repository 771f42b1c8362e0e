"""Runs what is timed as child processes, one at a time, and reads what each of them used."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
EVALUATOR = (sys.executable, "-m", "evaluator")
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
LOOK_EVERY = 0.1  # seconds between two looks at the memory


class Run(NamedTuple):
    """What a child and its own children used, and the JSON that it ended with."""

    seconds: float
    cpu: float
    megabytes: float  # most at one time, of all processes together; 0 where nobody looked
    answer: dict[str, Any]


def run(*command: str | Path, watch: bool = False) -> Run:
    """Run a command to its end; leave where it fails. `watch` asks for its memory, which costs a little time."""
    begun = os.times().elapsed
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            [*map(str, command)], cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=errors
        ) as process,
    ):
        assert process.stdout
        watcher = Watcher(lambda: {"all": family(process.pid)}) if watch else None
        answer = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        megabytes = watcher.stop()["all"] if watcher else 0
        if process.returncode != 0:
            errors.seek(0)
            said = answer + errors.read().decode(errors="replace")
            sys.exit(f"bench: exit code {process.returncode} of: {' '.join(map(str, command))}\n{said}")
    last = answer.splitlines()[-1] if answer else ""
    facts = json.loads(last) if last.startswith("{") else {}
    return Run(os.times().elapsed - begun, usage.ru_utime + usage.ru_stime, megabytes, facts)


class Watcher(threading.Thread):
    """Adds up the proportional memory of each group of processes that `members` names, again and again (Linux)."""

    def __init__(self, members: Callable[[], dict[str, list[int]]]) -> None:
        super().__init__(daemon=True)
        self._members, self._over = members, threading.Event()
        self._most = dict.fromkeys(members(), 0.0)
        self.start()

    def run(self) -> None:
        """Look until told to stop."""
        while not self._over.wait(LOOK_EVERY):
            for group, pids in self._members().items():
                self._most[group] = max(self._most[group], sum(map(proportional_megabytes, pids)))

    def stop(self) -> dict[str, float]:
        """Return the most that was seen of each group."""
        self._over.set()
        self.join()
        return self._most


def family(pid: int) -> list[int]:
    """A process and its descendants; empty where the system does not tell."""
    found = [pid]
    for one in found:
        try:
            for task in Path(f"/proc/{one}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def proportional_megabytes(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
