"""Background job that compares the teams of a phase by the new rule of a complete dry run."""

import logging
from collections.abc import Iterator
from datetime import timedelta

from django.db.models.functions import Now

from leaderboard.intervals.job import compute
from leaderboard.intervals.selection import Selection
from server import leases
from server.error_views import DATABASE_UNAVAILABLE
from server.files import work_folder
from server.leases import LeaseKeeper, LeaseLost, WorkerStopping, work_name
from server.rescores.boards import boards_of
from server.rescores.dry_run import progress_of
from server.rescores.models import Rescore
from server.rescores.significance import StoredSignificance, stored_for
from server.tracks.models import Phase, rule_of

log = logging.getLogger(__name__)

PAUSE = timedelta(minutes=10)  # after a failure, whatever it was


class StatisticsMissing(Exception):
    """Files that the scoring wrote are gone."""

    def __init__(self, missing: int, total: int) -> None:
        super().__init__(
            f"The counts per image of {missing} of {total} submissions are missing in the server's folder of "
            "statistics. Restore them from a backup; publishing does not need them."
        )


def compute_next() -> bool:
    """Compare the boards of the re-score that waits longest; False where none waits."""
    rows = Rescore.objects.select_related("rule")
    claims = (leases.claim(rows, waiting) for waiting in _waiting())
    claimed = next(filter(None, claims), None)
    if claimed:
        _compute(claimed)
    return claimed is not None


def is_due() -> bool:
    return any(True for _ in _waiting())


def _waiting() -> Iterator[Rescore]:
    unclaimed = Rescore.objects.under_way().unclaimed().select_related("rule").order_by("created_at")
    return (rescore for rescore in unclaimed if any(True for _ in _to_compute(rescore)))


def _to_compute(rescore: Rescore) -> Iterator[tuple[Phase, Selection]]:
    """The phases whose dry run is complete and whose board by the new rule is not the one that was compared."""
    for phase in rescore.phases.select_related("track").order_by("pk"):
        followed = rule_of(phase)
        if (followed and followed.pk == rescore.rule_id) or not progress_of(rescore, [phase]).complete:
            continue
        boards = boards_of(rescore, phase)
        stored = stored_for(rescore, phase, boards)
        if boards.selection.ranked and (stored is None or stored["error"]):
            yield phase, boards.selection


def _compute(rescore: Rescore) -> None:
    """Each phase is stored by itself, so that another worker goes on where this one was stopped."""
    failed = False
    try:
        for phase, selected in _to_compute(rescore):
            found = _result(rescore, phase, selected)
            rescore.significance = rescore.significance | {str(phase.pk): found}
            if not leases.renew(rescore, significance=rescore.significance):
                raise LeaseLost
            failed = failed or bool(found["error"])
        leases.release(rescore, **({"not_before": Now() + PAUSE} if failed else {}))
    except LeaseLost:
        log.warning("the rank moves of %s were claimed by another worker", rescore)
    except WorkerStopping:
        leases.release(rescore)


def _result(rescore: Rescore, phase: Phase, selected: Selection) -> StoredSignificance:
    try:
        return _found(rescore, selected)
    except (LeaseLost, WorkerStopping, *DATABASE_UNAVAILABLE):
        raise
    except Exception as error:  # a server error is recorded, and other work goes on
        log.error("%s: the rank moves of %s could not be judged", rescore, phase, exc_info=error)
        text = str(error) if isinstance(error, StatisticsMissing) else f"{type(error).__name__}: {error}"
        return StoredSignificance(inputs=selected.inputs, ranks={}, withheld="", error=text.replace("\0", ""))


def _found(rescore: Rescore, selected: Selection) -> StoredSignificance:
    if missing := sum(not path.is_file() for path in selected.paths):
        raise StatisticsMissing(missing, len(selected.paths))
    with work_folder(work_name(rescore)) as folder:
        output = compute(selected, folder, LeaseKeeper(rescore).tick)
    told = () if output.withheld else output.teams
    ranks = {one.name: one.rank_interval for one in told if one.rank_interval}
    return StoredSignificance(inputs=selected.inputs, ranks=ranks, withheld=output.withheld, error="")
