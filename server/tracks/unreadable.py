"""Packs that cannot be read: damaged, missing, or of another format.

Evaluations wait until they can be read again.
"""

import logging
from pathlib import Path

from django.conf import settings
from django.db.models.functions import Now

from server import leases
from server.evaluator_process import EvaluatorStopped, run_evaluator
from server.files import work_folder
from server.leases import LeaseKeeper, LeaseLost, WorkerStopping, work_name
from server.tracks.models import GroundTruth

log = logging.getLogger(__name__)

UNREADABLE = 3  # the evaluator's exit code
GO_ON = "Evaluations wait until the pack can be read again; pack the same ground truth again if it stays so."


def problem_of(ground_truth: GroundTruth, keeper: LeaseKeeper, folder: Path) -> str:
    """Return why the pack cannot be read now; empty where it can.

    Raises RuntimeError where the evaluator fails otherwise.
    """
    pack = ground_truth.pack_path
    ended = run_evaluator(["verify", str(pack)], folder, keeper.tick, readable_paths=[pack])
    if ended.code not in {0, UNREADABLE}:
        raise RuntimeError(str(ended))
    return f"{ended.complaint.removeprefix('Error: ')}. {GO_ON}" if ended.code else ""


def hold(ground_truth: GroundTruth, problem: str) -> bool:
    """Make the evaluations of this ground truth wait; False where they already do.

    Where its source still exists, a draft is created from it, which a worker packs and publishes.
    """
    readable = GroundTruth.objects.filter(pk=ground_truth.pk, problem="")
    began = bool(readable.update(problem=problem, not_before=Now() + settings.RETRY_PAUSES[0]))
    if began:
        log.error("%s: %s", ground_truth, problem)
        _pack_again(ground_truth)
    return began


def _pack_again(unreadable: GroundTruth) -> None:
    again = GroundTruth.objects.filter(source=unreadable.source, created_at__gt=unreadable.created_at)
    if Path(unreadable.source).exists() and not again.exists():
        GroundTruth.objects.create(
            track=unreadable.track,
            split=unreadable.split,
            source=unreadable.source,
            options=unreadable.options,
            publish_when_ready=True,
            created_by=unreadable.created_by,
        )


def look_again() -> bool:
    """Try to read the next unreadable pack again; False where none is due."""
    rows = GroundTruth.objects.select_related("track")
    claims = (leases.claim(rows, waiting) for waiting in rows.unreadable())
    claimed = next(filter(None, claims), None)
    if claimed:
        _look_at(claimed)
    return claimed is not None


def _look_at(claimed: GroundTruth) -> None:
    problem = claimed.problem
    try:
        with work_folder(work_name(claimed)) as folder:
            problem = problem_of(claimed, LeaseKeeper(claimed), folder)
    except (OSError, RuntimeError, EvaluatorStopped, LeaseLost, WorkerStopping) as error:
        log.warning("%s: not checked: %s", claimed, error)
    leases.release(claimed, problem=problem, not_before=Now() + settings.RETRY_PAUSES[0])
