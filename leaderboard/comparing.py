"""How a board comes to know its error: what has changed is seen, claimed by one worker, compared and stored."""

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

from leaderboard.certainty import compared_rows, inputs_now, inputs_of
from leaderboard.compared import Compared, ComparedTeam, read_compared
from leaderboard.models import Comparison, ComparisonQuerySet, Interval
from leaderboard.standings import Standing, standings
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


class NotCompared(Exception):
    """The evaluator gave no answer that fits: a server error."""


class GivesWay(Exception):
    """Evaluations wait for the worker, or it is another worker's comparison by now."""


def look() -> int:
    """See which boards have changed; returns how many comparisons a worker may take now.

    Nothing is computed of results that are hidden: there is nothing that could tell of them.
    """
    for phase in Phase.objects.filter(shows_intervals=True).that_can_score().select_related("track"):
        see(phase, inputs_now(phase))
    return due().count()


def see(phase: Phase, wanted: str) -> None:
    """Note what stands now, if it is not what was noted before."""
    known = Comparison.objects.filter(phase=phase)
    if wanted and not known.exists():
        Comparison.objects.get_or_create(phase=phase)
    stale_since = Case(When(inputs=wanted, then=Value(None)), default=Coalesce("stale_since", Now()))
    known.exclude(wanted=wanted).update(
        wanted=wanted, wanted_since=Now(), stale_since=stale_since, tries=0, not_before=Now()
    )


def due() -> ComparisonQuerySet:
    return Comparison.objects.due(evaluations_wait=evaluations_wait())


def evaluations_wait() -> bool:
    """Whether a worker is missed: what is only on its way to one does not count."""
    since = Now() - 2 * timedelta(seconds=settings.SWEEP_SECONDS)
    return Evaluation.objects.claimable().filter(not_before__lt=since).exists()


def compare_next() -> bool:
    """Compare the board that has waited longest; False where none is due."""
    mine = claim()
    if mine:
        compare(mine)
    return mine is not None


def claim() -> Comparison | None:
    """Take a comparison that is due, with a lease on it; None where none is, or another was faster.

    The first try after one that was lost comes when its lease has run out, each later one after twice as long.
    """
    for waiting in due().defer("pairs"):
        pause = min(FIRST_PAUSE * (2**waiting.tries - 1), LONGEST_PAUSE) if waiting.tries < 10 else LONGEST_PAUSE
        taken = (
            due()
            .filter(pk=waiting.pk, fence=waiting.fence)
            .update(
                fence=F("fence") + 1,
                tries=F("tries") + 1,
                lease_until=Now() + settings.LEASE,
                not_before=Now() + pause,
            )
        )
        if taken:
            return Comparison.objects.select_related("phase__track").defer("pairs").get(pk=waiting.pk)
    return None


def compare(mine: Comparison) -> None:
    """Have the evaluator compare what stands on a claimed comparison's board, and store what it found."""
    try:
        if rows := compared_rows(standings(mine.phase)):  # none: hidden or emptied since it was seen
            with work_folder(f"comparison-{mine.pk}-{mine.fence}") as folder:
                store(mine, inputs_of(rows), _compared(mine, rows, folder))
    except (GivesWay, WorkerStopping):
        _still(mine).update(**_FREE)
    except DATABASE_UNAVAILABLE:  # the lease runs out, and another try is made
        raise
    except Exception as error:  # the outer door: a server error is noted, and other work goes on
        _not_compared(mine, error)


_FREE: dict[str, Any] = {"lease_until": None, "tries": 0, "not_before": Now()}


def _compared(mine: Comparison, rows: list[Standing], folder: Path) -> Compared:
    files = [f"{row.evaluation.pk}={row.evaluation.statistics_path}" for row in rows]
    paths = [row.evaluation.statistics_path for row in rows]
    ended = run_evaluator(["uncertainty", *files, "--json"], folder, _keeping(mine), readable_paths=paths)
    if ended.code != 0:
        raise NotCompared(str(ended))
    answer = read_compared(ended.answer)
    if {team.name for team in answer.teams} != {str(row.evaluation.pk) for row in rows}:
        raise NotCompared("The evaluator's answer speaks of other teams than it was asked about.")
    return answer


def _keeping(mine: Comparison) -> Tick:
    """What renews the lease by the clock while the evaluator compares, and gives way to what waits."""
    look_again = 0.0

    def tick(*_progress: object) -> None:
        nonlocal look_again
        if shutting_down.is_set():
            raise WorkerStopping
        if time.monotonic() >= look_again:
            look_again = time.monotonic() + min(settings.LEASE.total_seconds() / 6, settings.SWEEP_SECONDS)
            late = timezone.now() - mine.stale_since > settings.COMPARE_AT_LATEST
            if not _still(mine).update(lease_until=Now() + settings.LEASE) or (evaluations_wait() and not late):
                raise GivesWay

    return tick


@transaction.atomic
def store(mine: Comparison, inputs: str, answer: Compared) -> bool:
    """Put the answer in place of the one before; False where another worker has claimed it since."""
    stale_since = Case(When(wanted=inputs, then=Value(None)), default=Now())
    facts = {"inputs": inputs, "method": answer.method, "pairs": answer.pairs, "trouble": ""}
    stored = _still(mine).update(computed_at=Now(), stale_since=stale_since, **facts, **_FREE)
    if stored:
        Interval.objects.filter(comparison=mine).delete()
        Interval.objects.bulk_create(_interval(mine, team) for team in answer.teams)
    return bool(stored)


def _interval(mine: Comparison, team: ComparedTeam) -> Interval:
    facts = {"metrics": team.metrics, "bands": team.bands, "place": team.place}
    return Interval(comparison=mine, evaluation_id=team.name, **facts)


def _not_compared(mine: Comparison, trouble: Exception) -> None:
    """Note it, let the next try come later, and tell the organisers once until it works again."""
    log.error("the comparison of %s failed", mine.phase, exc_info=trouble)
    text = f"{type(trouble).__name__}: {trouble}".replace("\0", "")
    with transaction.atomic():
        if _still(mine).update(lease_until=None, trouble=text):
            _alert(mine, text)


def _alert(mine: Comparison, trouble: str) -> None:
    page = f"{settings.SITE_URL}{mine.phase.get_absolute_url()}"
    text = (
        f"{page}\n\n{trouble}\n\n"
        "Scores and ranks are right and shown; what is missing is how sure they are. The server tries again, each "
        "time after a longer pause, and tells you only once until it works again."
    )
    for organiser in User.objects.filter(is_staff=True, is_active=True).order_by("pk"):
        key = f"{EmailKind.ALERT} comparison {mine.phase_id} {mine.computed_at}"
        enqueue_email(
            organiser, EmailKind.ALERT, key, f"The intervals of {mine.phase} could not be computed", text
        )


def _still(mine: Comparison) -> ComparisonQuerySet:
    """The row, if no other worker has claimed it meanwhile."""
    return Comparison.objects.filter(pk=mine.pk, fence=mine.fence)
