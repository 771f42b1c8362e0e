"""Background job that compares the packs of a re-score's two rules: the evaluator does it, in its sandbox."""

import json
import logging
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db.models.functions import Now

from server import leases
from server.error_views import DATABASE_UNAVAILABLE
from server.evaluator_process import run_evaluator
from server.files import work_folder
from server.leases import LeaseKeeper, LeaseLost, WorkerStopping, work_name
from server.rescores.models import Rescore

log = logging.getLogger(__name__)

PAUSE = timedelta(minutes=1)
PICTURE_KINDS = ("old", "new", "difference")


class BadOutput(Exception):
    """The evaluator failed: a server error."""


def compare_next() -> bool:
    """Compare the packs of the re-score that waits longest; False where none waits."""
    rows = Rescore.objects.select_related("old_rule__ground_truth", "rule__ground_truth")
    claims = (leases.claim(rows, waiting) for waiting in Rescore.objects.to_compare().order_by("created_at"))
    claimed = next(filter(None, claims), None)
    if claimed:
        _compare(claimed)
    return claimed is not None


def _compare(rescore: Rescore) -> None:
    try:
        with work_folder(work_name(rescore)) as folder:
            found = _run(rescore, folder)
            _keep_pictures(rescore, folder / "pictures")
        if not leases.release(rescore, differences=found, last_error=""):
            raise LeaseLost
    except LeaseLost:
        log.warning("the comparison of %s was claimed by another worker, or it was dropped", rescore)
        if Rescore.objects.filter(pk=rescore.pk, state=Rescore.State.DROPPED).exists():
            shutil.rmtree(rescore.folder, ignore_errors=True)  # they were kept after the drop had deleted it
    except WorkerStopping:
        leases.release(rescore)
    except DATABASE_UNAVAILABLE:
        raise
    except Exception as error:  # outermost handler: a server error is recorded, and other work goes on
        log.error("%s: the packs could not be compared", rescore, exc_info=error)
        text = f"{type(error).__name__}: {error}".replace("\0", "")
        leases.release(rescore, last_error=text, not_before=Now() + PAUSE)


def _run(rescore: Rescore, folder: Path) -> dict[str, Any]:
    if rescore.rule is None:
        raise LeaseLost
    packs = [rule.ground_truth.pack_path for rule in (rescore.old_rule, rescore.rule)]
    arguments = ["differences", *map(str, packs), "--pictures", str(folder / "pictures")]
    keeper = LeaseKeeper(rescore)
    ended = run_evaluator(arguments, folder, keeper.tick, readable_paths=packs)
    if ended.code != 0:
        raise BadOutput(str(ended))
    keeper.renew()
    found: dict[str, Any] = json.loads(ended.answer)
    return found


def _keep_pictures(rescore: Rescore, made: Path) -> None:
    """Put them where only this server's organisers' page reads them."""
    shutil.rmtree(rescore.folder, ignore_errors=True)
    rescore.folder.mkdir(parents=True, mode=0o700)
    for picture in made.glob("*.png"):
        target = rescore.folder / picture.name
        shutil.copyfile(picture, target)
        target.chmod(0o600)
