"""What happens to ground truth and scoring rules."""

import logging
import shutil
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone

from evaluator.contract import Manifest
from server.accounts.models import User
from server.audit.services import as_text, differences, record
from server.evaluator_process import EvaluatorExit, EvaluatorStopped, Tick, run_evaluator
from server.files import sha256_of, work_folder
from server.tracks.models import GroundTruth, Phase, ScoringRule, Track

log = logging.getLogger(__name__)


class CannotPublish(Exception):
    """A rule that cannot be published; the message says why."""


class NotReady(CannotPublish):
    def __init__(self, ground_truth: GroundTruth) -> None:
        super().__init__(f"This ground truth is {ground_truth.get_state_display()}, so no rule can use it.")


class RuleInUse(CannotPublish):
    def __init__(self, rule: ScoringRule) -> None:
        super().__init__(f"{rule} is published and boards show its numbers; only a re-score may replace it.")


@transaction.atomic
def draft_ground_truth(
    *,
    track: Track,
    split: str,
    source: Path,
    options: dict[str, Any],
    publish: bool,
    by: User | str | None = None,
) -> GroundTruth:
    """Register a zip or folder of PNGs as a draft; a worker packs and verifies it."""
    person = by if isinstance(by, User) else None
    draft = GroundTruth.objects.create(
        track=track, split=split, source=source, options=options, publish_when_ready=publish, created_by=person
    )
    told = as_text(draft, ["track", "split", "options", "publish_when_ready"])
    record(by=by, what="brought ground truth in", subject=draft, changes=differences({}, told))
    return draft


def pack_next() -> bool:
    """Pack the oldest waiting draft; False where none waits."""
    claims = map(claim, GroundTruth.objects.waiting().order_by("created_at"))
    draft = next(filter(None, claims), None)
    if draft:
        pack(draft)
    return draft is not None


def claim(draft: GroundTruth) -> GroundTruth | None:
    """Take a draft with a lease on it; None where another was faster."""
    as_read = GroundTruth.objects.filter(pk=draft.pk, state=draft.state, lease_until=draft.lease_until)
    if as_read.update(state=GroundTruth.State.PACKING, lease_until=Now() + settings.LEASE):
        return GroundTruth.objects.select_related("track").get(pk=draft.pk)
    return None


def pack(draft: GroundTruth) -> GroundTruth:
    """Have the evaluator pack a claimed draft; it becomes ready, or failed with the reason."""
    with work_folder(f"pack-{draft.pk}") as folder:
        try:
            ended = run_evaluator(
                _pack_arguments(draft, folder), folder, _keeping_lease(draft), readable_paths=[Path(draft.source)]
            )
            if ended.code == 0:
                _make_sample(folder)
                _install(draft, folder)
            else:
                _give_up(draft, ended)
        except EvaluatorStopped as reason:
            _give_up(draft, str(reason))
    if draft.state == GroundTruth.State.READY and draft.publish_when_ready:
        publish_unless_in_use(draft)
    return draft


@transaction.atomic
def show_results(phase: Phase, *, by: User) -> bool:
    """Show the results of a phase that leaves that to the organisers; False where there is nothing to show."""
    waiting = Phase.objects.filter(pk=phase.pk, results=Phase.Results.BY_ORGANISER, results_shown_at=None)
    now = timezone.now()
    shown = waiting.update(results_shown_at=now)
    if shown:
        changes = {"results_shown_at": ["", now.isoformat()]}
        record(by=by, what="showed the results", subject=phase, changes=changes)
    return bool(shown)


def publish(ground_truth: GroundTruth, *, by: User | str | None = None) -> ScoringRule:
    """Publish a scoring rule with this ground truth; raises CannotPublish where boards show another's numbers."""
    if ground_truth.state != GroundTruth.State.READY:
        raise NotReady(ground_truth)
    track, split = ground_truth.track, ground_truth.split
    with transaction.atomic():
        published = ScoringRule.objects.filter(track=track, split=split, state=ScoringRule.State.PUBLISHED)
        present = published.select_for_update().first()
        if present and present.ground_truth.pack_sha256 == ground_truth.pack_sha256:
            return present
        if present and present.evaluations.exists():
            raise RuleInUse(present)
        published.update(state=ScoringRule.State.RETIRED)
        rule = _published_rule(ground_truth)
        changes = {"published rule": [str(present.number) if present else "", str(rule.number)]}
        record(by=by, what="published ground truth", subject=ground_truth, changes=changes)
        return rule


def publish_unless_in_use(ground_truth: GroundTruth) -> ScoringRule | None:
    try:
        return publish(ground_truth, by=ground_truth.created_by)
    except CannotPublish as reason:
        log.warning("%s stays unpublished: %s", ground_truth, reason)
        return None


def _published_rule(ground_truth: GroundTruth) -> ScoringRule:
    manifest = Manifest.from_json(ground_truth.manifest_path.read_bytes())
    rules = ScoringRule.objects.filter(track=ground_truth.track)
    return ScoringRule.objects.create(
        track=ground_truth.track,
        split=ground_truth.split,
        number=(rules.aggregate(last=Max("number"))["last"] or 0) + 1,
        ground_truth=ground_truth,
        scorer=manifest.scorer,
        scorer_version=manifest.scorer_version,
        options=manifest.options,
        state=ScoringRule.State.PUBLISHED,
        published_at=timezone.now(),
    )


def _pack_arguments(draft: GroundTruth, folder: Path) -> list[str]:
    options = [f"{key}={value}" for key, value in draft.options.items()]
    return [
        *("pack", draft.track.scorer, "--ground-truth", draft.source, "--out", str(folder / "pack")),
        *(word for option in options for word in ("--option", option)),
    ]


def _make_sample(folder: Path) -> None:
    arguments = ["sample", str(folder / "pack.manifest.json"), "--out", str(folder / "sample.zip")]
    ended = run_evaluator(arguments, folder, lambda *progress: None)
    if ended.code != 0:
        raise RuntimeError(str(ended))


def _install(draft: GroundTruth, folder: Path) -> None:
    """Move pack, manifest and sample to where their names are the pack's hash, then say so."""
    draft.pack_sha256 = sha256_of(folder / "pack")
    draft.image_count = len(Manifest.from_json((folder / "pack.manifest.json").read_bytes()).images)
    draft.pack_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, target in (
        ("pack", draft.pack_path),
        ("pack.manifest.json", draft.manifest_path),
        ("sample.zip", draft.sample_path),
    ):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(folder / name, target)
    draft.pack_path.chmod(0o400)
    draft.state, draft.problem = GroundTruth.State.READY, ""
    draft.save()
    _forget_source(draft)


def _keeping_lease(draft: GroundTruth) -> Tick:
    """What renews the draft's lease by the clock while the evaluator packs it."""
    renew_at = 0.0

    def tick(*_progress: object) -> None:
        nonlocal renew_at
        if time.monotonic() >= renew_at:
            packing = GroundTruth.objects.filter(pk=draft.pk, state=GroundTruth.State.PACKING)
            packing.update(lease_until=Now() + settings.LEASE)
            renew_at = time.monotonic() + settings.LEASE.total_seconds() / 6

    return tick


def _give_up(draft: GroundTruth, reason: EvaluatorExit | str) -> None:
    """Say why it cannot be used; another worker may have packed it meanwhile, and then that stands."""
    problem = reason.complaint or str(reason) if isinstance(reason, EvaluatorExit) else reason
    packing = GroundTruth.objects.filter(pk=draft.pk, state=GroundTruth.State.PACKING)
    packing.update(state=GroundTruth.State.FAILED, problem=problem)
    draft.refresh_from_db()


def _forget_source(draft: GroundTruth) -> None:
    """An uploaded draft is packed now; a second copy of the truth is only a second thing to guard."""
    source = Path(draft.source)
    if source.parent == settings.GROUND_TRUTH_DRAFTS_DIR:
        source.unlink(missing_ok=True)
