"""Packing of ground truth: a draft is claimed by one worker, packed by the evaluator, and installed."""

import json
import logging
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from evaluator.contract import Manifest, read_outcome
from server import leases
from server.error_views import DATABASE_UNAVAILABLE
from server.evaluator_process import EvaluatorStopped, Tick, run_evaluator
from server.failpoints import failpoint
from server.files import keep, keep_copy, sha256_of, work_folder
from server.leases import LeaseKeeper, LeaseLost, WorkerStopping, work_name
from server.tracks.models import GroundTruth
from server.tracks.services import publish_unless_in_use, published_manifest

log = logging.getLogger(__name__)


def pack_next() -> bool:
    """Pack the oldest waiting draft; False where none waits."""
    claims = map(claim, GroundTruth.objects.waiting().order_by("created_at"))
    draft = next(filter(None, claims), None)
    if draft:
        pack(draft)
    return draft is not None


def claim(draft: GroundTruth) -> GroundTruth | None:
    """Take a draft with a lease on it; None where another was faster."""
    rows = GroundTruth.objects.select_related("track")
    progress: dict[str, Any] = {"stage": "starting", "done": 0, "total": 0}
    return leases.claim(rows, draft, state=GroundTruth.State.PACKING, **progress)


def pack(draft: GroundTruth) -> GroundTruth:
    """Have the evaluator pack a claimed draft; it becomes ready, or failed with the reason.

    Returns the row as it is afterwards: where the lease was lost, as its present worker has left it.
    """
    try:
        with work_folder(work_name(draft)) as folder:
            _pack_into(folder, draft, LeaseKeeper(draft))
    except EvaluatorStopped as reason:
        _give_up(draft, str(reason))
    except LeaseLost:
        log.warning("ground truth %s was claimed by another worker", draft.pk)
    except WorkerStopping:
        leases.release(draft, state=GroundTruth.State.DRAFT)
    except DATABASE_UNAVAILABLE:
        raise
    except Exception as error:  # the outermost handler: a server error, for which the draft is not to blame
        _retry_later(draft, error)
    return GroundTruth.objects.select_related("track").get(pk=draft.pk)


def _pack_into(folder: Path, draft: GroundTruth, keeper: LeaseKeeper) -> None:
    """Pack, verify and install a draft.

    A second process reads the pack from the disk: hashes made while writing would not prove that it can be read.
    """
    source = Path(draft.source)
    ended = run_evaluator(_arguments(draft, folder), folder, keeper.tick, readable_paths=[source])
    if ended.code == 0:
        draft.warnings = _warnings(draft, folder, ended.answer)
        _make_sample(folder, keeper.tick)
        draft.truth_sha256 = _answer(["verify", str(folder / "pack")], folder, keeper.tick)
        failpoint("packed_not_installed")
        keeper.renew()  # once the lease is lost, any sweep may remove the folder
        _install(draft, folder, keeper)
    else:
        _give_up(draft, ended.complaint or str(ended))


def _arguments(draft: GroundTruth, folder: Path) -> list[str]:
    options = [f"{key}={value}" for key, value in draft.options.items()]
    return [
        *("pack", draft.track.scorer, "--ground-truth", draft.source, "--out", str(folder / "pack"), "--json"),
        *(word for option in options for word in ("--option", option)),
    ]


def _warnings(draft: GroundTruth, folder: Path, answer: str) -> str:
    """Return what packing noticed, and how the images differ from those that are published for the split."""
    warnings = list(read_outcome(answer).warnings)
    if published := published_manifest(draft.track, draft.split):
        manifest = Manifest.from_json((folder / "pack.manifest.json").read_bytes())
        differences = manifest.differences(published)
        warnings += [f"{difference}, compared with the published ground truth" for difference in differences]
    return "\n".join(warnings)


def _make_sample(folder: Path, tick: Tick) -> None:
    _answer(["sample", str(folder / "pack.manifest.json"), "--out", str(folder / "sample.zip")], folder, tick)


def _answer(arguments: list[str], folder: Path, tick: Tick) -> str:
    ended = run_evaluator(arguments, folder, tick)
    if ended.code != 0:
        raise RuntimeError(str(ended))
    return ended.answer


def _install(draft: GroundTruth, folder: Path, keeper: LeaseKeeper) -> None:
    """Copy the pack to its volume; then mark the draft as ready and rename its files, all or nothing."""
    draft.pack_sha256 = sha256_of(folder / "pack", keeper.tick)
    settings.GROUND_TRUTH_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    pack = settings.GROUND_TRUTH_DIR / f"{work_name(draft)}.part"
    try:
        keep(folder / "pack", pack)
        old_source = _keep_source(draft)
        if not _make_ready(draft, pack, folder):
            raise LeaseLost
    finally:
        pack.unlink(missing_ok=True)
    if old_source:
        old_source.unlink(missing_ok=True)


@transaction.atomic
def _make_ready(draft: GroundTruth, pack: Path, folder: Path) -> bool:
    """Mark the draft as ready, and publish it if that was asked for, in one short transaction."""
    manifest = folder / "pack.manifest.json"
    draft.image_count = len(Manifest.from_json(manifest.read_bytes()).images)
    draft.summary = json.loads((folder / "pack.summary.json").read_bytes())
    draft.state, draft.problem = GroundTruth.State.READY, ""
    written = ("state", "problem", "warnings", "pack_sha256", "truth_sha256", "image_count", "source", "summary")
    facts = {name: getattr(draft, name) for name in written}
    if not leases.release(draft, **facts):
        return False
    keep(manifest, draft.manifest_path)
    keep(folder / "sample.zip", draft.sample_path)
    keep(pack, draft.pack_path)
    draft.pack_path.chmod(0o400)
    if draft.publish_when_ready:
        publish_unless_in_use(draft)
    return True


def _give_up(draft: GroundTruth, problem: str) -> None:
    """Mark the draft as failed, with the reason."""
    leases.release(draft, state=GroundTruth.State.FAILED, problem=problem)


def _retry_later(draft: GroundTruth, error: Exception) -> None:
    """Try again after a pause, longer each time; the admin shows why."""
    log.error("ground truth %s was not packed", draft.pk, exc_info=error)
    pause = settings.RETRY_PAUSES[min(draft.fence, len(settings.RETRY_PAUSES)) - 1]
    problem = f"{type(error).__name__}: {error} This is a server error; it is tried again by itself."
    leases.release(draft, state=GroundTruth.State.DRAFT, problem=problem, not_before=Now() + pause)


def _keep_source(draft: GroundTruth) -> Path | None:
    """Keep an upload beside its pack, to pack it again for a later evaluator; returns the draft to be removed."""
    source = Path(draft.source)
    if source.parent != settings.GROUND_TRUTH_DRAFTS_DIR:
        return None
    keep_copy(source, draft.kept_source_path)
    draft.kept_source_path.chmod(0o400)
    draft.source = str(draft.kept_source_path)
    return source
