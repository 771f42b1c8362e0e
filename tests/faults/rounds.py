"""Rounds of faults on one set-up: inject, wait until all is healed, judge, count."""

import argparse
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import close_old_connections

from server.tracks.models import GroundTruth
from tests.faults import of_processes, of_surroundings  # noqa: F401  (they register their faults)
from tests.faults.fault import FAULTS, NotHere
from tests.faults.oracle import Expected, judge
from tests.faults.servers import Server
from tests.faults.stage import Stage, eventually, stage

HEALED_WITHIN = 120


@dataclass
class Outcome:
    """What all rounds of one fault came to."""

    fault: str
    setup: str
    rounds: int = 0
    lost: int = 0
    doubled: int = 0
    stuck: int = 0
    wrong: int = 0
    slowest: float = 0.0
    skipped: str = ""
    notes: list[str] = field(default_factory=list)


def run(
    arguments: argparse.Namespace, logs: Path, postgres: Server | None, redis: Server | None, small: bool
) -> list[dict[str, Any]]:
    call_command("migrate", verbosity=0)
    with stage(logs, postgres, redis, small=small) as set_up:
        expected = _expected(set_up)
        names = arguments.only or list(FAULTS)
        outcomes = {name: Outcome(name, "production" if postgres else "embedded") for name in names}
        ends = time.monotonic() + 60 * arguments.minutes if arguments.minutes else None
        _warm_up(set_up)
        _say(set_up, "at the start")
        for name in _order(names, arguments.rounds, ends):
            _round(set_up, outcomes[name], expected)
        _say(set_up, "at the end")
    return [asdict(outcome) for outcome in outcomes.values()]


def _warm_up(set_up: Stage) -> None:
    """Once through everything, so that what is loaded late is there when memory is first looked at."""
    set_up.new_round()
    set_up.hand_in(1)
    eventually(set_up.all_ended)
    set_up.board()


def _say(set_up: Stage, when: str) -> None:
    """What web server and workers use, each with all processes beneath it."""
    for process in [set_up.web, *set_up.workers]:
        if process.process.poll() is None:
            megabytes, files = set_up.used_by(process)
            sys.stderr.write(f"{when}: {process.name} fills {megabytes} MB and has {files} files open\n")


def _order(names: list[str], rounds: int, ends: float | None) -> Iterator[str]:
    """All of them in rounds; or any of them, one after the other, until that moment."""
    if ends is None:
        yield from (name for _ in range(rounds) for name in names)
    while ends is not None and time.monotonic() < ends:
        yield random.choice(names)


def _expected(set_up: Stage) -> dict[str, Expected]:
    """What the command line says of each archive where nothing fails."""
    pack = GroundTruth.objects.get(split="test").pack_path
    found = {}
    for archive in set_up.archives:
        with tempfile.NamedTemporaryFile(suffix=".zip") as file:
            file.write(archive)
            file.flush()
            command = ["score", "localization", file.name, "--ground-truth", str(pack), "--json"]
            done = subprocess.run(
                [sys.executable, "-m", "evaluator", *command],
                cwd=settings.BASE_DIR,
                capture_output=True,
                check=True,
            )
        scores = json.loads(done.stdout.splitlines()[-1])["scores"]
        curve = scores.pop("iou_curve")
        found[hashlib.sha256(archive).hexdigest()] = Expected(scores, curve)
    return found


def _round(set_up: Stage, outcome: Outcome, expected: dict[str, Expected]) -> None:
    close_old_connections()
    set_up.new_round()
    try:
        FAULTS[outcome.fault](set_up)
        healing = time.monotonic()
        eventually(set_up.all_ended, HEALED_WITHIN)
        outcome.slowest = max(outcome.slowest, time.monotonic() - healing)
        eventually(set_up.is_tidy)
        for kind, sentence in judge(set_up, expected):
            setattr(outcome, kind, getattr(outcome, kind) + 1)
            outcome.notes.append(f"{kind}: {sentence}")
    except NotHere as reason:
        outcome.skipped = str(reason)
        return
    except TimeoutError as reason:
        outcome.stuck += 1
        outcome.notes.append(f"stuck: {reason}; {set_up.summary()}")
    except Exception as broken:  # the other rounds go on; the note says what happened
        outcome.wrong += 1
        outcome.notes.append(f"wrong: {type(broken).__name__}: {broken}; {set_up.summary()}")
    outcome.rounds += 1
    sys.stderr.write(f"{outcome.setup}: {outcome.fault}: {outcome.notes[-1:] or 'healed'}\n")
