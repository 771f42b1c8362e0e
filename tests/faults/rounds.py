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
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import close_old_connections
from django.utils import timezone

from server.submissions.models import Evaluation
from server.tracks.models import GroundTruth
from tests.faults import environment_faults, process_faults  # noqa: F401  (they register their faults)
from tests.faults.fault import FAULTS, NotHere
from tests.faults.oracle import Expected, judge
from tests.faults.servers import Server
from tests.faults.stage import Stage, eventually, stage


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
    waited: float = 0.0  # the most of a healing in which nothing was scored
    skipped: str = ""
    notes: list[str] = field(default_factory=list)


def run(
    arguments: argparse.Namespace, logs: Path, postgres: Server | None, redis: Server | None, small: bool
) -> dict[str, Any]:
    """All rounds on one set-up: what each fault came to, and what the processes used before and after."""
    call_command("migrate", verbosity=0)
    setup, began = "production" if postgres else "embedded", time.monotonic()
    with stage(logs, postgres, redis, small=small) as set_up:
        expected = _expected(set_up)
        names = arguments.only or list(FAULTS)
        outcomes = {name: Outcome(name, setup) for name in names}
        _warm_up(set_up)
        use = [*_use(set_up, "at the start")]
        for name in _order(names, arguments.rounds, began + 60 * arguments.minutes):
            _round(set_up, outcomes[name], expected)
        use += _use(set_up, "at the end")
    minutes = round((time.monotonic() - began) / 60)
    return {"setup": setup, "minutes": minutes, "use": use, "faults": [asdict(each) for each in outcomes.values()]}


def _warm_up(set_up: Stage) -> None:
    """Once through everything, so that what is loaded late is there when memory is first looked at."""
    set_up.new_round()
    set_up.submit(1)
    eventually(set_up.all_ended)
    set_up.board()


def _use(set_up: Stage, when: str) -> Iterator[str]:
    """What web server and workers use, each with all processes beneath it."""
    for process in [set_up.web, *set_up.workers]:
        if process.process.poll() is None:
            megabytes, files = set_up.used_by(process)
            yield f"{when}, {process.name} fills {megabytes} MB and has {files} files open"


def _order(names: list[str], rounds: int, ends: float) -> Iterator[str]:
    """Each in so many rounds, in a random order; then any of them until that moment."""
    yield from random.sample(names * rounds, len(names) * rounds)
    while time.monotonic() < ends:
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
        _heal(set_up, outcome)
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


def _heal(set_up: Stage, outcome: Outcome) -> None:
    """Wait without a hand until all is scored, and note how long it took, with and without the scoring."""
    began, clock = timezone.now(), time.monotonic()
    eventually(set_up.all_ended)
    took = time.monotonic() - clock
    outcome.slowest = max(outcome.slowest, took)
    outcome.waited = max(outcome.waited, took - _seconds_scoring(set_up.evaluations(), began))


def _seconds_scoring(evaluations: list[Evaluation], since: datetime) -> float:
    """For how long, since then, at least one of them was in the hands of the worker that finished it."""
    scored, free_from = 0.0, since
    for evaluation in sorted(evaluations, key=lambda evaluation: evaluation.started_at):
        begins = max(evaluation.started_at, free_from)
        scored += max(0.0, (evaluation.finished_at - begins).total_seconds())
        free_from = max(free_from, evaluation.finished_at)
    return scored
