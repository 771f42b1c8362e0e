"""Background job that recomputes a board's intervals after it changed: claimed by one worker, run, stored."""

import logging
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from leaderboard.intervals.evaluator_output import EvaluatorOutput, TeamIntervals, read_output
from leaderboard.intervals.queries import current_inputs, inputs_of, rows_with_intervals
from leaderboard.models import Interval, IntervalJob, IntervalJobQuerySet
from leaderboard.ranking.standings import Standing, standings
from server.accounts.models import User
from server.error_views import DATABASE_UNAVAILABLE
from server.evaluator_process import Tick, run_evaluator
from server.files import work_folder
from server.leases import WorkerStopping, shutting_down
from server.outbox.models import EmailKind
from server.outbox.services import enqueue_email
from server.submissions.models import Evaluation
from server.tracks.models import Phase

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)


class BadOutput(Exception):
    """The evaluator failed, or its output does not fit the board: a server error."""


class JobInterrupted(Exception):
    """Evaluations wait for the worker, or another worker has claimed the job."""


def find_changes() -> int:
    """Note which boards have changed; returns how many jobs a worker may claim now.

    Nothing is computed of hidden results, so that nothing can reveal them.
    """
    for phase in Phase.objects.filter(shows_intervals=True).that_can_score().select_related("track"):
        note_inputs(phase, current_inputs(phase))
    return due().count()


def note_inputs(phase: Phase, wanted: str) -> None:
    """Store the board's current inputs with its job, if they differ from those noted before."""
    jobs = IntervalJob.objects.filter(phase=phase)
    if wanted and not jobs.exists():
        IntervalJob.objects.get_or_create(phase=phase)
    stale_since = Case(When(inputs=wanted, then=Value(None)), default=Coalesce("stale_since", Now()))
    jobs.exclude(wanted=wanted).update(
        wanted=wanted, wanted_since=Now(), stale_since=stale_since, tries=0, not_before=Now()
    )


def due() -> IntervalJobQuerySet:
    return IntervalJob.objects.due(evaluations_waiting=evaluations_waiting())


def evaluations_waiting() -> bool:
    """Whether evaluations lack a worker; those queued just now do not count, as one will claim them soon."""
    since = Now() - 2 * timedelta(seconds=settings.SWEEP_SECONDS)
    return Evaluation.objects.claimable().filter(not_before__lt=since).exists()


def run_next() -> bool:
    """Run the job that has waited longest; False where none is due."""
    job = claim()
    if job:
        run(job)
    return job is not None


def claim() -> IntervalJob | None:
    """Claim a due job with a lease; None where none is due, or another worker was faster.

    The first retry comes when the lease has run out, each later one after twice as long a pause.
    """
    for waiting in due().defer("pairs"):
        pause = min(FIRST_PAUSE * (2**waiting.tries - 1), LONGEST_PAUSE) if waiting.tries < 10 else LONGEST_PAUSE
        claimed = (
            due()
            .filter(pk=waiting.pk, fence=waiting.fence)
            .update(
                fence=F("fence") + 1,
                tries=F("tries") + 1,
                lease_until=Now() + settings.LEASE,
                not_before=Now() + pause,
            )
        )
        if claimed:
            return IntervalJob.objects.select_related("phase__track").defer("pairs").get(pk=waiting.pk)
    return None


def run(job: IntervalJob) -> None:
    """Have the evaluator compute the intervals of a claimed job's board as it stands now, and store them."""
    try:
        if rows := rows_with_intervals(standings(job.phase)):  # none: hidden or emptied since the change was noted
            with work_folder(f"intervals-{job.pk}-{job.fence}") as folder:
                store(job, inputs_of(rows), _compute(job, rows, folder))
    except (JobInterrupted, WorkerStopping):
        _if_still_claimed(job).update(**_RELEASED)
    except DATABASE_UNAVAILABLE:  # the lease runs out, and another try is made
        raise
    except Exception as error:  # outermost handler: a server error is recorded, and other work goes on
        _record_failure(job, error)


_RELEASED: dict[str, Any] = {"lease_until": None, "tries": 0, "not_before": Now()}


def _compute(job: IntervalJob, rows: list[Standing], folder: Path) -> EvaluatorOutput:
    files = [f"{row.evaluation.pk}={row.evaluation.statistics_path}" for row in rows]
    paths = [row.evaluation.statistics_path for row in rows]
    ended = run_evaluator(["uncertainty", *files, "--json"], folder, _tick(job), readable_paths=paths)
    if ended.code != 0:
        raise BadOutput(str(ended))
    output = read_output(ended.answer)
    if {team.name for team in output.teams} != {str(row.evaluation.pk) for row in rows}:
        raise BadOutput("The evaluator's answer speaks of other teams than it was asked about.")
    return output


def _tick(job: IntervalJob) -> Tick:
    """A callback that renews the lease while the evaluator runs. It raises JobInterrupted or WorkerStopping."""
    next_check = 0.0

    def tick(*_progress: object) -> None:
        nonlocal next_check
        if shutting_down.is_set():
            raise WorkerStopping
        if time.monotonic() >= next_check:
            next_check = time.monotonic() + min(settings.LEASE.total_seconds() / 6, settings.SWEEP_SECONDS)
            late = timezone.now() - job.stale_since > settings.COMPARE_AT_LATEST
            renewed = _if_still_claimed(job).update(lease_until=Now() + settings.LEASE)
            if not renewed or (evaluations_waiting() and not late):
                raise JobInterrupted

    return tick


@transaction.atomic
def store(job: IntervalJob, inputs: str, output: EvaluatorOutput) -> bool:
    """Replace the job's stored intervals; False where another worker has claimed it since."""
    stale_since = Case(When(wanted=inputs, then=Value(None)), default=Now())
    result = {"inputs": inputs, "method": output.method, "pairs": output.pairs, "last_error": ""}
    stored = _if_still_claimed(job).update(computed_at=Now(), stale_since=stale_since, **result, **_RELEASED)
    if stored:
        Interval.objects.filter(job=job).delete()
        Interval.objects.bulk_create(_interval(job, team) for team in output.teams)
    return bool(stored)


def _interval(job: IntervalJob, team: TeamIntervals) -> Interval:
    return Interval(
        job=job,
        evaluation_id=team.name,
        metrics=team.metrics,
        bands=team.bands,
        rank_interval=team.rank_interval,
    )


def _record_failure(job: IntervalJob, error: Exception) -> None:
    """Store the error, keep the pause before the next try, and alert the organisers once until it works again."""
    log.error("the intervals of %s could not be computed", job.phase, exc_info=error)
    text = f"{type(error).__name__}: {error}".replace("\0", "")
    with transaction.atomic():
        if _if_still_claimed(job).update(lease_until=None, last_error=text):
            _alert(job, text)


def _alert(job: IntervalJob, error: str) -> None:
    page = f"{settings.SITE_URL}{job.phase.get_absolute_url()}"
    text = (
        f"{page}\n\n{error}\n\n"
        "Scores and ranks are right and shown; their confidence intervals are missing. The server tries again, "
        "each time after a longer pause, and tells you only once until it works again."
    )
    for organiser in User.objects.filter(is_staff=True, is_active=True).order_by("pk"):
        key = f"{EmailKind.ALERT} intervals {job.phase_id} {job.computed_at}"
        enqueue_email(organiser, EmailKind.ALERT, key, f"The intervals of {job.phase} could not be computed", text)


def _if_still_claimed(job: IntervalJob) -> IntervalJobQuerySet:
    """The job's row, if no other worker has claimed it meanwhile."""
    return IntervalJob.objects.filter(pk=job.pk, fence=job.fence)
