"""How much of a core the demo's worker and web server take while nothing happens: utime and stime (Linux).

The demo has folders, a database and a port of its own, and is stopped at the end.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services import stop_on_sigterm

sys.path.insert(0, str(Path(__file__).with_name("bench")))

from children import family

ROOT = Path(__file__).resolve().parent.parent
BAR = 0.015  # of a core
PROGRAMS = {"worker": b"celery", "web server": b"gunicorn"}
SETTLING = 10  # seconds, after the demo says that it is ready
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=int, nargs="?", default=300, help="how long to look (300)")
    seconds = parser.parse_args().seconds
    stop_on_sigterm()
    with tempfile.TemporaryDirectory(prefix="lid-") as folder, demo(Path(folder)) as pid:
        time.sleep(SETTLING)
        shares = cpu_shares({name: process_of(pid, program) for name, program in PROGRAMS.items()}, seconds)
    for name, share in shares.items():
        print(f"The idle {name} took {share:.2%} of a core over {seconds} s; at most {BAR:.1%} is allowed.")
    sys.exit(max(shares.values()) > BAR)


@contextmanager
def demo(folder: Path) -> Iterator[int]:
    """The demo, ready; yields its process."""
    command = [sys.executable, "-W", "ignore", "manage.py", "demo", "--data-dir", str(folder), "--port", "8100"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            if not any("Ready after" in line for line in process.stdout):
                sys.exit("The demo ended by itself; see above.")
            yield process.pid
        finally:
            process.terminate()


def process_of(demo: int, program: bytes) -> int:
    """The first process of the worker, or of the web server."""
    return next(pid for pid in family(demo) if program in Path(f"/proc/{pid}/cmdline").read_bytes())


def cpu_shares(pids: dict[str, int], seconds: float) -> dict[str, float]:
    """The share of a core that each process with its descendants takes from now on, for so long."""
    before, began = {name: cpu_seconds(pid) for name, pid in pids.items()}, time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - began
    return {name: (cpu_seconds(pid) - before[name]) / passed for name, pid in pids.items()}


def cpu_seconds(pid: int) -> float:
    """What it and its descendants have used, those that ended among them."""
    stats = (Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split() for each in family(pid))
    return sum(int(ticks) for stat in stats for ticks in stat[11:15]) / TICKS


if __name__ == "__main__":
    main()
