"""python -m tests.faults: harm the real processes in rounds, and print what came of it as a table."""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.faults import report, servers

ROOT = Path(__file__).resolve().parents[2]
DISK_MB = 128


def main() -> int:
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if arguments.setup == "both":
        runs = both_at_once()
    else:
        with set_up(arguments.setup) as facilities:
            runs = [run(arguments, **facilities)]
    if arguments.json:
        arguments.json.write_text(json.dumps(runs))
    else:
        sys.stdout.write(report.text(runs) + "\n")
        if arguments.report:
            report.write(runs, ROOT / "docs" / "reliability.md")
    return 1 if report.broken(runs) else 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--setup", choices=["embedded", "production", "both"], default="both")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=0, help="go on with any of them for so long in all")
    parser.add_argument("--only", nargs="+", metavar="FAULT", help="these faults alone")
    parser.add_argument("--json", type=Path, help="write the results there and print no table")
    parser.add_argument("--report", action="store_true", help="write the table into docs/reliability.md")
    return parser.parse_args()


def both_at_once() -> list[dict[str, Any]]:
    """Each set-up needs a process of its own: Django is told its database once."""
    given = [word for word in sys.argv[1:] if word != "--report"]
    with tempfile.TemporaryDirectory() as folder:
        files = {setup: Path(folder) / f"{setup}.json" for setup in ("embedded", "production")}
        running = [
            subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "tests.faults", *given, "--setup", setup, "--json", file],
                cwd=ROOT,
            )
            for setup, file in files.items()
        ]
        try:
            for process in running:
                process.wait()
        finally:
            for process in running:
                process.terminate()
        missing = [setup for setup, file in files.items() if not file.exists()]
        if missing:
            sys.exit(f"The faults did not end on: {', '.join(missing)}.")
        return [run for file in files.values() for run in json.loads(file.read_text())]


@contextmanager
def set_up(setup: str) -> Iterator[dict[str, Any]]:
    """Servers, folders and the environment that names them, before Django reads it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lid-faults-")))
        small = stack.enter_context(servers.small_disk(folder / "data", DISK_MB))
        postgres = stack.enter_context(servers.postgres()) if setup == "production" else None
        redis = stack.enter_context(servers.redis()) if setup == "production" else None
        database = f"postgres://lid@/{postgres.folder}/lid" if postgres else f"sqlite:///{folder}/lid.sqlite3"
        broker = f"redis+socket://{redis.folder}/redis.sock" if redis else "memory://localhost/"
        os.environ.update(
            DJANGO_SETTINGS_MODULE="server.settings",
            DATA_DIR=str(folder / "data"),
            DATABASE_URL=database,
            CELERY_BROKER_URL=broker,
            CACHE_URL="locmemcache://",
            EMAIL_URL="dummymail://",
            LOG_LEVEL="ERROR",
            LID_REAL_STARTS="1",
        )
        yield {"logs": folder, "postgres": postgres, "redis": redis, "small": small}


def run(arguments: argparse.Namespace, **facilities: Any) -> dict[str, Any]:
    import django  # noqa: PLC0415  (the environment names its settings only now)

    django.setup()
    from tests.faults import rounds  # noqa: PLC0415

    return rounds.run(arguments, **facilities)


if __name__ == "__main__":
    sys.exit(main())
