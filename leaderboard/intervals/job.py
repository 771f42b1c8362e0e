"""Background job that recomputes a board's intervals after it changed: claimed by one worker, run, stored."""

import json
import logging
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, DateTimeField, F, Value, When
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from leaderboard.intervals.evaluator_output import EvaluatorOutput, read_output
from leaderboard.intervals.queries import current_inputs
from leaderboard.intervals.results import write_results
from leaderboard.intervals.selection import Selection, count_lacking, select
from leaderboard.models import IntervalJob, IntervalJobQuerySet
from server import leases
from server.alarms.services import raise_alarm
from server.error_views import DATABASE_UNAVAILABLE
from server.evaluator_process import Tick, run_evaluator
from server.failpoints import failpoint
from server.files import work_folder
from server.leases import LeaseKeeper, LeaseLost, WorkerStopping, work_name
from server.submissions.models import Evaluation
from server.tracks.models import Phase

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)


class BadOutput(Exception):
    """The evaluator failed, or its output does not fit the board: a server error."""


class JobInterrupted(Exception):
    """Evaluations wait for the worker."""


def find_changes() -> int:
    """Note which boards have changed; returns how many jobs a worker may claim now.

    Nothing is computed of hidden results, so that nothing can reveal them.
    """
    for phase in Phase.objects.filter(shows_intervals=True).that_can_score().select_related("track"):
        note_changes(phase, current_inputs(phase), count_lacking(phase))
    return due().count()


def note_changes(phase: Phase, wanted: str, lacking: int) -> None:
    """Store with the job what the board's current inputs are, and how many submissions lack an interval."""
    jobs = IntervalJob.objects.filter(phase=phase)
    if (wanted or lacking) and not jobs.exists():
        IntervalJob.objects.get_or_create(phase=phase)
    again: dict[str, Any] = {"stale_since": _stale_since(wanted, lacking), "tries": 0, "not_before": Now()}
    jobs.exclude(wanted=wanted).update(wanted=wanted, wanted_since=Now(), lacking=lacking, **again)
    jobs.exclude(lacking=lacking).update(lacking=lacking, **again)


def _stale_since(wanted: str, lacking: int) -> Any:
    since = Coalesce("stale_since", Now())
    return since if lacking else Case(When(inputs=wanted, then=Value(None)), default=since)


def due() -> IntervalJobQuerySet:
    return IntervalJob.objects.due(evaluations_waiting=evaluations_waiting())


def evaluations_waiting() -> bool:
    """Whether evaluations lack a worker; those queued just now do not count, as one will claim them soon.

    Those of a re-score are no more urgent than intervals.
    """
    since = Now() - 2 * timedelta(seconds=settings.SWEEP_SECONDS)
    return Evaluation.objects.claimable().filter(not_before__lt=since, rescoring=False).exists()


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
    rows = IntervalJob.objects.select_related("phase__track")
    for waiting in due():
        pause = min(FIRST_PAUSE * (2**waiting.tries - 1), LONGEST_PAUSE) if waiting.tries < 10 else LONGEST_PAUSE
        if job := leases.claim(rows, waiting, tries=F("tries") + 1, not_before=Now() + pause):
            return job
    return None


def run(job: IntervalJob) -> None:
    """Have the evaluator compute the intervals of a claimed job's board as it stands now, and store them.

    After a failure the board goes alone, so that no file of a further submission can keep its intervals back.
    """
    try:
        if selected := select(job, without_further=job.tries > 1):  # none: hidden or emptied since then
            with work_folder(work_name(job)) as folder:
                output = compute(selected, folder, _tick(job))
            failpoint("intervals_not_stored")
            if not store(job, selected, output):
                raise LeaseLost
    except LeaseLost:
        log.warning("the interval job of %s was claimed by another worker", job.phase)
    except (JobInterrupted, WorkerStopping):
        leases.release(job, **_DUE_AGAIN)
    except DATABASE_UNAVAILABLE:  # the lease runs out, and another try is made
        raise
    except Exception as error:  # outermost handler: a server error is recorded, and other work goes on
        _record_failure(job, error)


_DUE_AGAIN: dict[str, Any] = {"tries": 0, "not_before": Now()}


def compute(selected: Selection, folder: Path, tick: Tick) -> EvaluatorOutput:
    """Have the evaluator compare the selected evaluations. Raises BadOutput, and whatever `tick` raises."""
    listed = folder / "submissions.json"
    listed.write_text(json.dumps(selected.evaluator_list))
    arguments = ["uncertainty", "--list", str(listed), "--json"]
    ended = run_evaluator(arguments, folder, tick, readable_paths=selected.paths)
    if ended.code != 0:
        raise BadOutput(str(ended))
    output = read_output(ended.answer)
    if {one.name for one in output.submissions} != {*map(str, selected.keys)}:
        raise BadOutput("The evaluator's answer speaks of other submissions than it was asked about.")
    return output


def _tick(job: IntervalJob) -> Tick:
    """A callback that renews the lease while the evaluator runs, and stops the job where evaluations wait."""
    keeper, next_check = LeaseKeeper(job, grace=timedelta(0)), 0.0

    def tick(*_progress: object) -> None:
        nonlocal next_check
        keeper.tick()
        if time.monotonic() >= next_check:
            next_check = time.monotonic() + settings.SWEEP_SECONDS
            late = job.stale_since and timezone.now() - job.stale_since > settings.INTERVALS_AT_LATEST
            if evaluations_waiting() and not late:
                raise JobInterrupted

    return tick


@transaction.atomic
def store(job: IntervalJob, selected: Selection, output: EvaluatorOutput) -> bool:
    """Replace the stored intervals that were computed; False where another worker has claimed the job since."""
    inputs = selected.inputs or job.inputs
    result: dict[str, Any] = {"inputs": inputs, "last_error": "", "computed_at": Now(), "method": output.method}
    result |= {"withheld": output.withheld, "warnings": output.warnings}
    if selected.ranked:
        result["critical_value"] = output.critical_value
    stored = leases.release(job, **result, **_DUE_AGAIN)
    if stored:
        write_results(job, selected, output)
        lacking = count_lacking(job.phase)
        since = Case(
            When(wanted=inputs, then=Now() - settings.INTERVALS_AFTER if lacking else Value(None)),
            default=Now(),
            output_field=DateTimeField(),
        )
        IntervalJob.objects.filter(pk=job.pk).update(lacking=lacking, stale_since=since)
    return stored


def _record_failure(job: IntervalJob, error: Exception) -> None:
    """Store the error, keep the pause before the next try, and raise an alarm."""
    log.error("the intervals of %s could not be computed", job.phase, exc_info=error)
    text = f"{type(error).__name__}: {error}".replace("\0", "")
    with transaction.atomic():
        if leases.release(job, last_error=text):
            job.last_error = text
            raise_alarm(*alarm_of(job))


def alarm_of(job: IntervalJob) -> tuple[str, str, str]:
    """Cause, title and text of the alarm that lasts until the job works again."""
    page = f"{settings.SITE_URL}{job.phase.get_absolute_url()}"
    text = (
        f"{page}\n\n{job.last_error}\n\n"
        "Scores and ranks are right and shown; their confidence intervals are missing. The server tries again, "
        "each time after a longer pause."
    )
    return f"intervals {job.phase_id}", f"The intervals of {job.phase} could not be computed", text
