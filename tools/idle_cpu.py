"""How much of a core the demo's worker takes while nothing happens: utime and stime of all its processes (Linux).

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
SETTLING = 10  # seconds, after the demo says that it is ready
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=int, nargs="?", default=300, help="how long to look (300)")
    seconds = parser.parse_args().seconds
    stop_on_sigterm()
    with tempfile.TemporaryDirectory(prefix="lid-") as folder, demo(Path(folder)) as pid:
        time.sleep(SETTLING)
        share = cpu_share(worker_of(pid), seconds)
    print(f"The idle worker took {share:.2%} of a core over {seconds} s; at most {BAR:.1%} is allowed.")
    sys.exit(share > BAR)


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


def worker_of(demo: int) -> int:
    """The first process of the worker."""
    return next(pid for pid in family(demo) if b"celery" in Path(f"/proc/{pid}/cmdline").read_bytes())


def cpu_share(pid: int, seconds: float) -> float:
    """The share of a core that a process and its descendants take from now on, for so long."""
    before, began = cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.monotonic() - began)


def cpu_seconds(pid: int) -> float:
    """What it and its descendants have used, those that ended among them."""
    stats = (Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split() for each in family(pid))
    return sum(int(ticks) for stat in stats for ticks in stat[11:15]) / TICKS


if __name__ == "__main__":
    main()
