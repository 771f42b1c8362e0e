"""Time new submissions while many old ones are scored again; kill the worker half-way, and drop another dry run.

PostgreSQL, Redis and worker are its own, on loopback, and are stopped at the end.
"""

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench_site import set_up, worker
from services import production_like, stop_on_sigterm

if TYPE_CHECKING:  # Django has no settings yet
    from server.rescores.dry_run import Progress
    from server.rescores.models import Rescore
    from server.site.demo_data import Split
    from server.submissions.models import Submission
    from server.tracks.models import GroundTruth, Phase

SETUPS = ("embedded", "production")
EACH = 10  # submissions of a team
BAR = 2.0  # times as long as without a re-score, at most
PATIENCE = 1800  # seconds
COLUMNS = (
    "set-up | scored again | new ones | time to score alone: mean, worst | meanwhile: mean, worst | at most twice "
    "| worker killed | another one dropped: what differs then | publishing"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--setup", choices=[*SETUPS, "both"], default="both")
    parser.add_argument("--submissions", type=int, default=300, help="that are scored again (300)")
    parser.add_argument("--new", type=int, default=20, help="that arrive meanwhile (20)")
    parser.add_argument("--images", type=int, default=100, help="of each archive (100)")
    parser.add_argument("--every", type=float, default=3, help="seconds between two new ones, on average (3)")
    wished = parser.parse_args()
    stop_on_sigterm()
    if wished.setup == "both":
        print(f"| {COLUMNS} |\n{'|---' * (COLUMNS.count('|') + 1)}|", flush=True)
        runs = [subprocess.run([sys.executable, *sys.argv, "--setup", one], check=False) for one in SETUPS]
        sys.exit(max(run.returncode for run in runs))
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="lid-")))
        servers = ends.enter_context(production_like()) if wished.setup == "production" else {}
        database = servers.pop("DATABASE_URL", f"sqlite:///{folder}/lid.sqlite3")
        # A board's intervals are rows too, and would change on their own.
        set_up(folder, database, INTERVALS_AFTER_SECONDS="3600", LEASE_SECONDS="6", **servers)
        held = report(wished.setup, Bench(folder, wished))
    sys.exit(0 if held else 1)


class Bench:
    """A phase with many scored submissions, and teams that submit more."""

    def __init__(self, folder: Path, wished: argparse.Namespace) -> None:
        from server.site import demo_data  # noqa: PLC0415
        from server.tracks.lid2020 import seed  # noqa: PLC0415

        self.folder, self.wished, self.teams, self.submitted = folder, wished, 0, 0
        self.dice = random.Random(1)
        self.track = seed()[0]
        split = demo_data.ground_truth(self.track.slug, wished.images, 1)
        self.phase, self.corrected = self._phase(split), self._corrected(split)
        self.archives = [demo_data.submission(split, 0.3 + 0.06 * number, number) for number in range(EACH)]

    def fill(self) -> None:
        """Submit the old ones, and have them scored."""
        self.submitted = len(self._submit(self.wished.submissions, every=0)) + self.wished.new
        self.wait_until_scored()

    def new_ones(self) -> list[float]:
        """Submit the new ones, one after the other; returns how long each took from its receipt to its score."""
        from server.submissions.models import Evaluation  # noqa: PLC0415

        new = self._submit(self.wished.new, every=self.wished.every)
        self.wait_until_scored()
        scored = Evaluation.objects.filter(submission__in=new, rescoring=False).select_related("submission")
        assert {one.state for one in scored} == {"scored"}
        return [
            (one.finished_at - one.submission.received_at).total_seconds() for one in scored if one.finished_at
        ]

    def start(self) -> "Rescore":
        from server.rescores import services  # noqa: PLC0415

        return services.start(ground_truth=self.corrected, phases=[self.phase], by="bench")

    def wait_until_scored(self) -> None:
        from server.submissions.models import Evaluation  # noqa: PLC0415

        waiting = Evaluation.objects.filter(rescoring=False, state__in=["queued", "running"])
        waited(lambda: not waiting.exists())

    def _submit(self, count: int, every: float) -> "list[Submission]":
        made = []
        for number in range(count):
            time.sleep(every * self.dice.uniform(0.5, 1.5))
            if number % (EACH if every == 0 else 1) == 0:
                user, team = self._team()
            made.append(self._submit_one(user, team, self.archives[number % EACH]))
        return made

    def _team(self) -> tuple[Any, Any]:
        from server.accounts.models import User  # noqa: PLC0415
        from server.teams.services import create_team  # noqa: PLC0415

        self.teams += 1
        user = User.objects.create_user(f"person{self.teams}@example.org", name=f"Person {self.teams}")
        return user, create_team(user=user, name=f"team {self.teams}", affiliation="")

    def _submit_one(self, user: Any, team: Any, archive: bytes) -> "Submission":
        from django.utils import timezone  # noqa: PLC0415

        from server.submissions import services  # noqa: PLC0415
        from server.submissions.method import Method  # noqa: PLC0415
        from server.uploads import received  # noqa: PLC0415

        said, now = Method(name="bench", parameters=1, rules_kept=True), timezone.now()
        with received(archive) as incoming:
            return services.submit(
                team=team, phase=self.phase, user=user, archive=incoming, method=said, began_at=now
            )

    def _phase(self, split: "Split") -> "Phase":
        from django.utils import timezone  # noqa: PLC0415

        from server.tracks.models import Phase  # noqa: PLC0415
        from server.tracks.services import publish  # noqa: PLC0415

        publish(self._packed(split, "truth"))
        opens = timezone.now() - timedelta(days=2)
        facts = {"slug": "full", "title": "Full", "split": "test", "opens_at": opens, "limit": EACH}
        return Phase.objects.create(track=self.track, daily_submission_limit=EACH, **facts)

    def _corrected(self, split: "Split") -> "GroundTruth":
        name = next(iter(split.images))
        return self._packed(
            type(split)(split.track, split.images | {name: split.images[name][::-1].copy()}), "corrected"
        )

    def _packed(self, split: "Split", name: str) -> "GroundTruth":
        from server.tracks.management.commands.install_ground_truth import install  # noqa: PLC0415

        split.write(self.folder / name)
        return install(self.track, "test", self.folder / name, {})


def report(setup: str, bench: Bench) -> bool:
    """Run it all and print a row of the table; whether all of it holds."""
    with worker() as first:
        bench.fill()
        alone = bench.new_ones()
        dropped_at, changed = dropped(bench)
        rescore = bench.start()
        meanwhile = bench.new_ones()
        killed_at = waited(lambda: (seen := progress(rescore)).done >= seen.total / 2 and seen.done)
        os.killpg(first.pid, signal.SIGKILL)
    with worker():
        complete = timed(lambda: waited(lambda: progress(rescore).complete))
    publishing = timed(lambda: publish(rescore, bench.phase))
    ratio = statistics.mean(meanwhile) / statistics.mean(alone)
    cells = [
        setup,
        total := bench.submitted + bench.wished.new,
        len(meanwhile),
        *map(mean_and_worst, (alone, meanwhile)),
        f"{ratio:.2f}, {'held' if ratio <= BAR else 'MISSED'}",
        f"at {killed_at} of {total}, complete {complete:.0f} s later",
        f"at {dropped_at} of {bench.submitted}: {', '.join(changed) or 'nothing'}",
        f"{publishing:.1f} s, load {os.getloadavg()[0]:.1f}",
    ]
    print(f"| {' | '.join(map(str, cells))} |", flush=True)
    return ratio <= BAR and not changed


def dropped(bench: Bench) -> tuple[int, list[str]]:
    """Drop a dry run when a third is scored: how many were, and what is not as it was before."""
    from django.conf import settings  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from server.rescores import services  # noqa: PLC0415
    from tests.whole_state import what_differs, whole_state  # noqa: PLC0415

    at = f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}"
    before, rescore = whole_state(at), bench.start()
    done = waited(lambda: (seen := progress(rescore)).done >= seen.total / 3 and seen.done)
    services.drop(rescore, by="bench")
    waited(lambda: not any(settings.WORK_DIR.iterdir()))
    return done, what_differs(before, whole_state(at))


def progress(rescore: "Rescore") -> "Progress":
    from server.rescores.dry_run import progress_of  # noqa: PLC0415

    return progress_of(rescore)


def publish(rescore: "Rescore", phase: "Phase") -> None:
    from server.rescores import publication  # noqa: PLC0415

    publication.publish(rescore, [phase], reason="One mask was upside down.", by="bench")


def mean_and_worst(seconds: list[float]) -> str:
    return f"{statistics.mean(seconds):.2f}, {max(seconds):.2f} s"


def timed(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def waited(condition: Callable[[], Any]) -> Any:
    """Ask until it is so; returns what it is then."""
    began = time.monotonic()
    while not (found := condition()):
        assert time.monotonic() - began < PATIENCE, "it never came"
        time.sleep(0.5)
    return found


if __name__ == "__main__":
    main()
