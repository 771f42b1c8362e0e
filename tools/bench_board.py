"""Time readings of a full leaderboard: gunicorn and PostgreSQL of its own, while a real worker scores.

Fills a board with 1,000 teams and 5,000 scored submissions and reads page and API as a crowd would. Everything is
on loopback and stopped at the end. The load comes from `wrk`, or from threads of this process where there is none.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bench_site import set_up, web, worker
from read_load import P95_BAR, READS_BAR, measure, warm_up
from services import postgres, stop_on_sigterm

if TYPE_CHECKING:  # Django has no settings yet
    from server.submissions.models import Evaluation, Submission
    from server.teams.models import Team
    from server.tracks.models import Phase, ScoringRule

TEAMS, EACH = 1000, 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20, help="of each of the runs (20)")
    parser.add_argument("--images", type=int, default=4000, help="of each archive that is scored meanwhile (4000)")
    wished = parser.parse_args()
    stop_on_sigterm()
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="lid-")))
        # The rows have no statistics to be compared by.
        set_up(folder, ends.enter_context(postgres()), INTERVALS_AFTER_SECONDS="3600", EVALUATOR_JOBS="1")
        phase, submit_one = fill(wished.images)
        print(f"{TEAMS} teams, {TEAMS * EACH} scored submissions; {queries(phase)}", flush=True)
        port, _ = ends.enter_context(web(folder))
        ends.enter_context(worker())
        report(phase, port, submit_one, wished.seconds)


def fill(images: int) -> tuple["Phase", Callable[[], None]]:
    """The full board, and what hands one more archive in to it, each time by another team."""
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from server.site import demo_data  # noqa: PLC0415
    from server.tracks.lid2020 import seed  # noqa: PLC0415
    from server.tracks.models import Phase  # noqa: PLC0415

    track = seed()[0]
    truth = demo_data.ground_truth(track.slug, images, 1)
    with tempfile.TemporaryDirectory() as folder:
        truth.write(Path(folder) / "truth")
        call_command(
            "install_ground_truth", track.slug, "test", Path(folder) / "truth", verbosity=0, stdout=sys.stderr
        )
    opens = timezone.now() - timedelta(days=30)
    phase = Phase.objects.create(track=track, slug="full", title="Full", split="test", opens_at=opens, limit=5)
    scored_submissions(phase, teams())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    archive = demo_data.submission(truth, 0.5, 1)
    numbers = iter(range(10_000))
    return phase, lambda: submit(phase, archive, next(numbers))


def teams() -> list["Team"]:
    from server.teams.models import Team  # noqa: PLC0415

    return Team.objects.bulk_create(
        Team(name=f"team {number}", name_key=f"team{number}", affiliation=f"University {number % 90}")
        for number in range(TEAMS)
    )


def scored_submissions(phase: "Phase", playing: list["Team"]) -> None:
    from server.submissions.models import Evaluation, Submission  # noqa: PLC0415

    dice, rule = random.Random(1), phase.published_rule()
    assert rule, "the ground truth has just been installed"
    each = enumerate(team for team in playing for _ in range(EACH))
    submitted = [submission(phase, team, number) for number, team in each]
    Submission.objects.bulk_create(submitted, batch_size=500)
    Evaluation.objects.bulk_create((evaluation(one, rule, dice) for one in submitted), batch_size=500)


def submission(phase: "Phase", team: "Team", number: int) -> "Submission":
    from server.submissions.models import Submission  # noqa: PLC0415

    at = phase.opens_at + timedelta(minutes=number)
    return Submission(
        phase=phase,
        team=team,
        began_at=at,
        received_at=at,
        day=at.date(),
        number_of_day=number % EACH + 1,
        method="ensemble of two",
        archive_name=f"{number}.zip",
        size=1,
        sha256=f"{number:064x}",
    )


def evaluation(submitted: "Submission", rule: "ScoringRule", dice: random.Random) -> "Evaluation":
    from server.submissions.models import Evaluation  # noqa: PLC0415

    return Evaluation(
        submission=submitted,
        rule=rule,
        state="scored",
        finished_at=submitted.received_at,
        scores={name: dice.random() for name in ("mean_iou", "mean_accuracy", "pixel_accuracy")},
        per_class=[0.25] * 200,
    )


def submit(phase: "Phase", archive: bytes, number: int) -> None:
    """A new team submits; other bytes each time, since the same ones are known already."""
    from django.utils import timezone  # noqa: PLC0415

    from server.accounts.models import User  # noqa: PLC0415
    from server.submissions import services  # noqa: PLC0415
    from server.submissions.method import Method  # noqa: PLC0415
    from server.teams.services import create_team  # noqa: PLC0415
    from server.uploads import received  # noqa: PLC0415

    user = User.objects.create_user(f"late{number}@example.org", name=f"Late {number}")
    team = create_team(user=user, name=f"late {number}", affiliation="")
    said = Method(name="late", parameters=1, rules_kept=True)
    with received(archive) as incoming:
        services.submit(team=team, phase=phase, user=user, archive=incoming, method=said, began_at=timezone.now())


def queries(phase: "Phase") -> str:
    """How many queries a reading takes, when the page is made and when it is kept."""
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            began = time.perf_counter()
            page = Client().get(phase.get_absolute_url())
        counts.append((len(asked), 1000 * (time.perf_counter() - began), len(page.content)))
    (cold, slow, size), (warm, quick, _) = counts
    return (
        f"a page of {size // 1024} kB takes {cold} queries and {slow:.0f} ms when made, "
        f"{warm} and {quick:.1f} ms when kept"
    )


def readings(phase: "Phase", port: int) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Name, address and headers of each kind of reading."""
    addresses = {"page": phase.get_absolute_url(), "API": f"/api/v1/phases/{phase.pk}/leaderboard/"}
    gzip = {"Accept-Encoding": "gzip"}
    for name, path in addresses.items():
        url = f"http://127.0.0.1:{port}{path}"
        yield f"{name}, plain", url, {}
        yield f"{name}, gzip", url, gzip
        yield f"{name}, 304", url, gzip | {"If-None-Match": "the tag of now"}


def report(phase: "Phase", port: int, submit_one: Callable[[], None], seconds: int) -> None:
    columns = "reading | reads/s | p50 ms | p95 ms | p99 ms | errors | CPU ms web + database"
    columns += " | load | scored meanwhile | bars"
    print(f"\n| {columns} |\n{'|---' * 10}|")
    held = []
    for name, url, headers in readings(phase, port):
        before = scored_now(phase)
        warm_up(url)
        submit_one()
        measured = measure(url, headers, seconds)
        held.append(measured.holds)
        print(
            f"| {name} | {measured.reads:.0f} | {measured.p50:.1f} | {measured.p95:.1f} | {measured.p99:.1f} "
            f"| {measured.errors} | {measured.web:.2f} + {measured.database:.2f} | {os.getloadavg()[0]:.1f} "
            f"| {scored_now(phase) - before} | {'held' if measured.holds else 'MISSED'} |",
            flush=True,
        )
    outcome = "held" if all(held) else "MISSED"
    print(f"\nThe bars are {READS_BAR} reads/s, p95 below {P95_BAR} ms and no error: {outcome}.")
    print(f"{os.cpu_count()} cores, shared with what makes the load, the worker and whatever else runs here.")


def scored_now(phase: "Phase") -> int:
    from server.submissions.models import Evaluation  # noqa: PLC0415

    return Evaluation.objects.filter(submission__phase=phase, state="scored").count()


if __name__ == "__main__":
    main()
