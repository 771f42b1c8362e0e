"""Services for ground truth, scoring rules, and phases."""

import logging
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from evaluator.contract import Manifest, scorers
from server.accounts.models import User
from server.acts import ActRefused
from server.audit.services import as_text, differences, record
from server.tracks.models import GroundTruth, Phase, PhaseRule, ScoringRule, Track, rule_of

log = logging.getLogger(__name__)


class CannotPublish(ActRefused):
    """A rule that cannot be published; the message says why."""

    code = "cannot_publish"
    title = "This ground truth cannot be published"


class NotReady(CannotPublish):
    def __init__(self, ground_truth: GroundTruth) -> None:
        super().__init__(f"This ground truth is {ground_truth.get_state_display()}, so no rule can use it.")


class PackedForOtherVersion(CannotPublish):
    def __init__(self, ground_truth: GroundTruth, version: str, present: str) -> None:
        has = f"has version {present}" if present else "does not know this scorer"
        super().__init__(
            f"{ground_truth} was packed for version {version} of its scorer, but this server's evaluator {has}. "
            "Upload the same ground truth again, or run manage.py install_ground_truth with it."
        )


class RuleInUse(CannotPublish):
    def __init__(self, rule: ScoringRule) -> None:
        super().__init__(
            f"{rule} is published and boards show its numbers; only a re-score may replace it. Start a re-score "
            "with this ground truth: submissions are scored by both, and you see first what differs."
        )


class CannotRemove(ActRefused):
    """A draft that cannot be removed; the message says why."""

    code = "cannot_remove"
    title = "This ground truth cannot be removed"


@transaction.atomic
def draft_ground_truth(
    *,
    track: Track,
    split: str,
    source: Path,
    options: dict[str, Any],
    publish: bool,
    listed_ids: str = "",
    by: User | str | None = None,
) -> GroundTruth:
    """Register a zip or folder of PNGs as a draft; a worker packs and verifies it."""
    person = by if isinstance(by, User) else None
    draft = GroundTruth.objects.create(
        track=track,
        split=split,
        source=str(source),
        options=options,
        publish_when_ready=publish,
        listed_ids=listed_ids,
        created_by=person,
    )
    told = as_text(draft, ["track", "split", "options", "publish_when_ready"])
    record(by=by, what="added ground truth", subject=draft, changes=differences({}, told))
    return draft


def publish(ground_truth: GroundTruth, *, by: User | str | None = None, reason: str = "") -> ScoringRule:
    """Publish a scoring rule with this ground truth; raises CannotPublish where boards show another's numbers."""
    if ground_truth.state != GroundTruth.State.READY:
        raise NotReady(ground_truth)
    _check_version(ground_truth)
    track, split = ground_truth.track, ground_truth.split
    with transaction.atomic():
        published = ScoringRule.objects.filter(track=track, split=split, state=ScoringRule.State.PUBLISHED)
        present = published.select_for_update().first()
        if present and present.ground_truth.pack_sha256 == ground_truth.pack_sha256:
            return present
        if same := same_rule(ground_truth, followed_rules(track, split)):
            return _packed_again(same, ground_truth, by)
        if present and (present.evaluations.exists() or present.followed_by.exists()):
            raise RuleInUse(present)
        published.update(state=ScoringRule.State.RETIRED)
        rule = new_rule(ground_truth, state=ScoringRule.State.PUBLISHED, published_at=timezone.now())
        changes = {"published rule": [str(present.number) if present else "", str(rule.number)]}
        record(by=by, what="published ground truth", subject=ground_truth, changes=changes, reason=reason)
        return rule


def _check_version(packed: GroundTruth) -> None:
    """Check that a rule with this pack could score. Raises PackedForOtherVersion."""
    manifest = Manifest.from_json(packed.manifest_path.read_bytes())
    known = scorers().get(manifest.scorer)
    present = known.version if known else ""
    if manifest.scorer_version != present:
        raise PackedForOtherVersion(packed, manifest.scorer_version, present)


def manifests_beside(rule: ScoringRule) -> dict[str, Path]:
    """Return the manifests of all other published splits, by a title for teams; those of the same track first."""
    return {title: one.ground_truth.manifest_path for title, one in rules_beside(rule).items()}


def rules_beside(rule: ScoringRule) -> dict[str, ScoringRule]:
    """Return the rules of all other published splits that have a manifest, as `manifests_beside` names them."""
    published = ScoringRule.objects.filter(state=ScoringRule.State.PUBLISHED)
    known = published.filter(Q(track__edition__listed_at__isnull=False) | Q(track=rule.track))
    others = known.exclude(track=rule.track, split=rule.split).select_related("track__edition", "ground_truth")
    near_first = sorted(others, key=lambda one: (_distance(one, rule), one.track.number, one.split))
    titled = {_title_beside(one, rule): one for one in near_first}
    return {title: one for title, one in titled.items() if one.ground_truth.manifest_path.is_file()}


def _distance(one: ScoringRule, rule: ScoringRule) -> int:
    """0 within a track, 1 within an edition, 2 beyond."""
    return 2 - (one.track.edition_id == rule.track.edition_id) - (one.track_id == rule.track_id)


def _title_beside(one: ScoringRule, rule: ScoringRule) -> str:
    title = f"{one.track}, {one.get_split_display()}"
    return title if one.track.edition_id == rule.track.edition_id else f"{title}, {one.track.edition}"


def followed_rules(track: Track, split: str) -> list[ScoringRule]:
    """The rules that phases of the split follow now, and the one that new phases will."""
    rules = ScoringRule.objects.filter(track=track, split=split).select_related("ground_truth")
    followed = [rule_of(phase) for phase in Phase.objects.filter(track=track, split=split)]
    keys = {rule.pk for rule in followed if rule}
    return [rule for rule in rules if rule.pk in keys or rule.state == ScoringRule.State.PUBLISHED]


def same_rule(packed: GroundTruth, rules: Iterable[ScoringRule]) -> ScoringRule | None:
    """The rule with the ids, pixels, scorer and options of the pack, whatever the format of either."""
    manifest = Manifest.from_json(packed.manifest_path.read_bytes())
    meaning = packed.truth_sha256, manifest.scorer, manifest.scorer_version, manifest.options
    same = (
        rule
        for rule in rules
        if meaning == (rule.ground_truth.truth_sha256, rule.scorer, rule.scorer_version, rule.options)
    )
    return next(same, None) if packed.truth_sha256 else None


def change_rule(rule: ScoringRule, phases: Collection[Phase], *, reason: str, by: User | str | None) -> None:
    """Have these phases follow the rule from now on; the split's others keep theirs, whatever comes.

    Their rows are locked, so that a submission at the same time is scored by the new rule, or is seen by whoever
    changes it. New phases follow the rule too, unless a phase that is not closed keeps another.
    """
    now, others = timezone.now(), []
    for phase in lock_phases(Phase.objects.filter(track=rule.track, split=rule.split)):
        before = rule_of(phase)
        if before and not phase.rules_followed.exists():
            PhaseRule.objects.create(phase=phase, rule=before, since=before.published_at or before.created_at)
        if phase not in phases:
            others.append(phase)
            continue
        person = by if isinstance(by, User) else None
        PhaseRule.objects.create(phase=phase, rule=rule, since=now, reason=reason, by=person)
        changes = {"rule": [str(before.number) if before else "", str(rule.number)]}
        record(by=by, what="changed the scoring rule", subject=phase, changes=changes, reason=reason)
    if all(phase.status == "closed" for phase in others):
        published = ScoringRule.objects.filter(
            track=rule.track, split=rule.split, state=ScoringRule.State.PUBLISHED
        )
        published.update(state=ScoringRule.State.RETIRED)
        ScoringRule.objects.filter(pk=rule.pk).update(state=ScoringRule.State.PUBLISHED, published_at=now)
    else:
        ScoringRule.objects.filter(pk=rule.pk, state=ScoringRule.State.DRAFT).update(
            state=ScoringRule.State.RETIRED
        )


def lock_phases(phases: QuerySet[Phase]) -> list[Phase]:
    """These phases, locked until the transaction ends: nobody else changes them, or submits to them.

    Everyone locks them here, in one order, so that no two wait for each other.
    """
    locked = phases.select_for_update(of=("self",), no_key=True).select_related("track__edition")
    return list(locked.order_by("pk"))


def _packed_again(rule: ScoringRule, packed: GroundTruth, by: User | str | None) -> ScoringRule:
    """Have the rule use another pack of the same ground truth: its number and all results stay."""
    changes = {"pack": [rule.ground_truth.pack_sha256, packed.pack_sha256]}
    ScoringRule.objects.filter(ground_truth=rule.ground_truth).update(ground_truth=packed)
    rule.ground_truth = packed
    record(by=by, what="packed the same ground truth again", subject=packed, changes=changes)
    return rule


def publish_unless_in_use(ground_truth: GroundTruth) -> ScoringRule | None:
    try:
        return publish(ground_truth, by=ground_truth.created_by)
    except CannotPublish as refusal:
        log.warning("%s stays unpublished: %s", ground_truth, refusal)
        GroundTruth.objects.filter(pk=ground_truth.pk).update(refusal=str(refusal))
        return None


def published_manifest(track: Track, split: str) -> Manifest | None:
    """Return the manifest of the ground truth that is published for a split; None where there is none."""
    rules = ScoringRule.objects.filter(track=track, split=split, state=ScoringRule.State.PUBLISHED)
    rule = rules.select_related("ground_truth").first()
    if rule is None or not rule.ground_truth.manifest_path.is_file():
        return None
    return Manifest.from_json(rule.ground_truth.manifest_path.read_bytes())


def new_rule(ground_truth: GroundTruth, **facts: Any) -> ScoringRule:
    """Create the track's next rule, with this ground truth and the scorer and options in its pack."""
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
        **facts,
    )
