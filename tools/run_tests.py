"""Run every check: linters, all tests on the embedded set-up, those of both set-ups on the production one.

`--only unit` runs the tests that need neither database nor browser. Options it does not know go to
pytest. The last line printed sums all parts: `N passed, N failed, N skipped`.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from find_servers import Missing, find_chromium
from services import dying_with_us, production_like, stop_on_sigterm

ROOT = Path(__file__).resolve().parent.parent
LINTERS = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "djangofmt check": ["djangofmt", "check", "leaderboard", "server"],
    "djangofmt": ["djangofmt", "--check", "leaderboard", "server"],
    "biome": ["biome", "check", "--error-on-warnings"],
    "migrations": ["python", "manage.py", "makemigrations", "--check", "--dry-run", "--skip-checks"],
    "mypy": ["mypy"],
}
WITH_COVERAGE = ["--cov", "--cov-report=term"]
NO_TESTS_COLLECTED = 5
SECONDS_TO_TIDY_UP = 5  # by then every test has stopped its processes; what is left dies with us
CORES = min(os.cpu_count() or 1, 4)
AT_ONCE = CORES + 3  # tests, as many mostly wait; `-n 0` among pytest's words: one by one
UNIT = ["-p", "tests.unit_only", "--numprocesses", str(CORES)]  # which wait for nothing
COUNTED_AS = {
    "passed": {"passed", "xpassed"},
    "failed": {"failed", "error", "errors"},
    "skipped": {"skipped", "xfailed"},
}


@dataclass(frozen=True)
class Outcome:
    """How one part ended."""

    part: str
    seconds: float
    closing_line: str
    counts: dict[str, int]


def main() -> int:
    options, for_pytest = parse_arguments()
    stop_on_sigterm()
    outcomes = []
    try:
        if "lint" in options.only:
            outcomes.append(lint())
        if "unit" in options.only:
            outcomes.append(run_pytest("unit", {"LID_SETUP": "embedded"}, [*UNIT, *for_pytest]))
        if "embedded" in options.only or "production" in options.only:
            browser = {"LID_NO_BROWSER": "1"} if options.no_browser else {"CHROMIUM": str(find_chromium())}
            outcomes += run_suites(options.only, browser, for_pytest)
    except Missing as missing:
        sys.exit(f"\n{missing}")
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    return report(outcomes)


def parse_arguments() -> tuple[argparse.Namespace, list[str]]:
    parts = ["lint", "embedded", "production"]
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--only", nargs="+", choices=[*parts, "unit"], default=parts, help="instead of all")
    parser.add_argument("--no-browser", action="store_true", help="leave the browser tests out")
    parser.add_argument("--coverage", action="store_true", help="print which share of the lines the tests reach")
    options, for_pytest = parser.parse_known_args()
    return options, [*(WITH_COVERAGE if options.coverage else []), *for_pytest]


def lint() -> Outcome:
    headline("lint")
    started = time.monotonic()
    failing = [name for name, linter in LINTERS.items() if not passes(name, linter)]
    counts = {"passed": 0, "failed": len(failing), "skipped": 0}
    verdict = f"lint: {', '.join(failing)} failed" if failing else "lint: nothing to fix"
    return Outcome("lint", time.monotonic() - started, verdict, counts)


def passes(name: str, linter: list[str]) -> bool:
    print(f"-- {name}", flush=True)
    with tempfile.TemporaryDirectory(prefix="lid-") as files:  # the settings, which some of them read, make one
        program = Path(sys.executable).with_name(linter[0])
        return run_in_group([str(program), *linter[1:]], clean_environment() | {"DATA_DIR": files}) == 0


def run_suites(only: list[str], browser: dict[str, str], for_pytest: list[str]) -> Iterator[Outcome]:
    if "LID_NO_BROWSER" in browser:
        headline("the browser tests are LEFT OUT, as --no-browser (BROWSER=no) asks")
    if "embedded" in only:
        yield run_pytest("embedded", browser, for_pytest)
    if "production" in only:
        headline("starting PostgreSQL and Redis")
        with production_like() as addresses:
            yield run_pytest("production", browser | addresses, ["-m", "both_setups", *for_pytest])


def run_pytest(setup: str, variables: dict[str, str], arguments: list[str]) -> Outcome:
    headline(f"tests: {setup}")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lid-") as files:
        environment = clean_environment() | {"LID_SETUP": setup, "DATA_DIR": files} | variables
        colour = "--color=yes" if sys.stdout.isatty() else "--color=no"
        own = ["--numprocesses", str(AT_ONCE), "--basetemp", f"{files}/tests"]
        pytest = [sys.executable, "-m", "pytest", colour, *own, *arguments]
        code, closing_line = run_and_listen(pytest, environment)
    counts = count(closing_line)
    if code not in (0, NO_TESTS_COLLECTED):
        counts["failed"] = max(counts["failed"], 1)  # a crash that pytest did not count
    return Outcome(setup, time.monotonic() - started, f"{setup}: {closing_line}", counts)


def clean_environment() -> dict[str, str]:
    """Ours, without what would point the tests at somebody's real servers, or compile each module many times."""
    unwanted = {"DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL", "EMAIL_URL", "GROUND_TRUTH_DIR"}
    unwanted.add("PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def run_and_listen(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run a command, show what it prints while it prints it, and return its exit code and last line."""
    tail = b""
    with in_group(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout
        while chunk := os.read(process.stdout.fileno(), 65536):
            sys.stdout.buffer.write(chunk)
            sys.stdout.flush()
            tail = (tail + chunk)[-4096:]
    lines = re.sub(r"\x1b\[[0-9;]*m", "", tail.decode(errors="replace")).strip().splitlines()
    return process.returncode, lines[-1] if lines else ""


def run_in_group(command: list[str], environment: dict[str, str]) -> int:
    with in_group(command, env=environment) as process:
        pass
    return process.returncode


@contextmanager
def in_group(command: list[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A child and its offspring, none of which outlives this: when we are stopped, they may first tidy up."""
    process = subprocess.Popen([*dying_with_us(signal.SIGINT), *command], cwd=ROOT, process_group=0, **options)
    try:
        yield process
        process.wait()
    except BaseException:
        os.killpg(process.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS_TO_TIDY_UP)
        raise
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def count(closing_line: str) -> dict[str, int]:
    """The numbers of pytest's closing line by the three words of ours."""
    numbers = re.findall(r"(\d+) (\w+)", closing_line)
    return {ours: sum(int(number) for number, word in numbers if word in its) for ours, its in COUNTED_AS.items()}


def report(outcomes: list[Outcome]) -> int:
    headline("summary")
    for outcome in outcomes:
        print(f"{outcome.part:<12}{outcome.seconds:8.1f} s")
    for outcome in outcomes:
        print(outcome.closing_line)
    sums = {word: sum(outcome.counts[word] for outcome in outcomes) for word in COUNTED_AS}
    print(", ".join(f"{number} {word}" for word, number in sums.items()), flush=True)
    return 1 if sums["failed"] else 0


def headline(text: str) -> None:
    print(f"\n== {text} ==", flush=True)


if __name__ == "__main__":
    sys.exit(main())
