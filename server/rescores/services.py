"""What happens to a re-score: it begins, its submissions are queued, failed ones run again, it is dropped."""

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from server.accounts.models import User
from server.acts import check_fingerprint
from server.audit.services import record
from server.rescores.choice import EVERYTHING, Choice, chosen_submissions, within
from server.rescores.dry_run import failed_evaluations, missing_evaluations
from server.rescores.exceptions import (
    AllIncluded,
    AnotherRescore,
    GroundTruthNotReady,
    NoPhaseChosen,
    NothingFailed,
    NothingScored,
    PhaseNotOffered,
    RescoreEnded,
    SameRule,
)
from server.rescores.models import Rescore
from server.submissions import transitions
from server.submissions.models import Evaluation, EvaluationEvent, State
from server.submissions.services import wake_workers
from server.tracks.models import GroundTruth, Phase, ScoringRule, rule_of
from server.tracks.services import followed_rules, new_rule, same_rule

By = User | str | None


@dataclass(frozen=True)
class StartPreview:
    """What starting a re-score does: the submissions to be scored, by phase. Nothing else changes."""

    split: str
    old_rule: int
    ground_truth: str
    phases: tuple[tuple[str, int], ...]
    note: str

    @property
    def submissions(self) -> int:
        return sum(count for _, count in self.phases)


def present_rule(ground_truth: GroundTruth) -> ScoringRule:
    """The published rule of its split. Raises NothingScored where none is, or no submission was scored by any."""
    rules = followed_rules(ground_truth.track, ground_truth.split)
    published = next((rule for rule in rules if rule.state == ScoringRule.State.PUBLISHED), None)
    if published is None or not Evaluation.objects.filter(rule__in=rules).exists():
        raise NothingScored(published)
    return published


def offered_phases(ground_truth: GroundTruth) -> list[Phase]:
    return list(Phase.objects.filter(track=ground_truth.track, split=ground_truth.split).select_related("track"))


def preview_start(
    ground_truth: GroundTruth, phases: Collection[Phase], choice: Choice = EVERYTHING
) -> StartPreview:
    """Check whether a re-score can start, and say what it does. Raises ActRefused."""
    old, chosen = _check_start(ground_truth, phases), chosen_submissions(choice, phases)
    missing = {phase: missing_evaluations(None, [phase]) for phase in phases}
    counts = [(str(phase), within(all_, choice.scope, [phase], chosen).count()) for phase, all_ in missing.items()]
    return StartPreview(
        split=f"{ground_truth.track.title}, {ground_truth.get_split_display()}",
        old_rule=old.number,
        ground_truth=ground_truth.pack_sha256[:12],
        phases=tuple(counts),
        note=choice.note,
    )


def _check_start(ground_truth: GroundTruth, phases: Collection[Phase]) -> ScoringRule:
    if ground_truth.state != GroundTruth.State.READY:
        raise GroundTruthNotReady(ground_truth)
    old = present_rule(ground_truth)
    if not phases:
        raise NoPhaseChosen
    for phase in phases:
        if (phase.track_id, phase.split) != (ground_truth.track_id, ground_truth.split):
            raise PhaseNotOffered(phase, "the ground truth is of another track or split")
        if (followed := rule_of(phase)) and same_rule(ground_truth, [followed]):
            raise SameRule(followed)
    if other := Rescore.objects.under_way().filter(track=old.track, split=old.split).first():
        raise AnotherRescore(other)
    return old


def start(
    *,
    ground_truth: GroundTruth,
    phases: Collection[Phase],
    by: By,
    choice: Choice = EVERYTHING,
    seen: str | None = None,
) -> Rescore:
    """Begin a dry run of the phases' submissions by a rule with this ground truth, of all or of some.

    A rule that the split had before is taken again with its scores: so a re-score can be undone by another.
    Raises ActRefused.
    """
    check_fingerprint(seen, preview_start(ground_truth, phases, choice))
    try:
        with transaction.atomic():
            return _begin(ground_truth, phases, by, choice)
    except IntegrityError as error:
        raise AnotherRescore(None) from error


def _begin(ground_truth: GroundTruth, phases: Collection[Phase], by: By, choice: Choice) -> Rescore:
    old = _check_start(ground_truth, phases)
    earlier = ScoringRule.objects.filter(track=old.track, split=old.split).select_related("ground_truth")
    rule = same_rule(ground_truth, earlier) or new_rule(ground_truth, state=ScoringRule.State.DRAFT)
    rescore = Rescore.objects.create(
        track=old.track,
        split=old.split,
        old_rule=old,
        rule=rule,
        number=rule.number,
        scope=choice.scope,
        created_by=by if isinstance(by, User) else None,
    )
    rescore.phases.set(phases)
    rescore.chosen.set(chosen_submissions(choice, phases))
    changes = {"rule": [str(old.number), str(rule.number)], "phases": ["", ", ".join(map(str, phases))]}
    changes["submissions"] = ["", f"{rescore.get_scope_display()}: {queue_missing(rescore)}"]
    record(by=by, what="started a re-score", subject=rescore, changes=changes)
    return rescore


@transaction.atomic
def queue_missing(rescore: Rescore) -> int:
    """Queue what the new rule is still to score, behind all other evaluations; returns how many."""
    present = Rescore.objects.select_for_update(of=("self",)).under_way().filter(pk=rescore.pk).first()
    if present is None or present.rule is None:
        return 0
    phases, chosen = present.phases.select_related("track"), present.chosen.all()
    missing = within(missing_evaluations(present.rule, phases), present.scope, phases, chosen)
    queued = [
        Evaluation(submission_id=submission, rule=present.rule, rescoring=True)
        for submission in missing.order_by("submission__received_at").values_list("submission", flat=True)
    ]
    Evaluation.objects.bulk_create(queued, batch_size=500)
    cause = f"re-score, rule {present.number}"
    EvaluationEvent.objects.bulk_create(
        (EvaluationEvent(evaluation=one, after=State.QUEUED, cause=cause) for one in queued), batch_size=500
    )
    if queued:
        transaction.on_commit(wake_workers, robust=True)
    return len(queued)


@dataclass(frozen=True)
class QueuePreview:
    """How many evaluations of a dry run are queued, behind all new submissions."""

    evaluations: int
    what: str = "Leaderboards, slots and mails stay as they are."


def preview_include_all(rescore: Rescore) -> QueuePreview:
    """Return how many more submissions would be scored. Raises RescoreEnded or AllIncluded."""
    _check_open(rescore)
    if rescore.scope == Rescore.Scope.ALL:
        raise AllIncluded
    return QueuePreview(missing_evaluations(rescore.rule, rescore.phases.all()).count())


@transaction.atomic
def include_all(rescore: Rescore, *, by: By, seen: str | None = None) -> int:
    """Score all submissions by the new rule, not only some. Raises RescoreEnded or AllIncluded."""
    check_fingerprint(seen, preview_include_all(lock_open(rescore)))
    Rescore.objects.filter(pk=rescore.pk).update(scope=Rescore.Scope.ALL)
    record(by=by, what="extended a re-score to all submissions", subject=rescore)
    return queue_missing(rescore)


def preview_run_failed_again(rescore: Rescore) -> QueuePreview:
    """Return how many evaluations failed and would be queued again. Raises RescoreEnded or NothingFailed."""
    _check_open(rescore)
    if not (count := failed_evaluations(rescore).count()):
        raise NothingFailed
    return QueuePreview(count)


def run_failed_again(rescore: Rescore, *, by: By, seen: str | None = None) -> int:
    """Queue the evaluations again that failed; returns how many. Raises RescoreEnded, NothingFailed."""
    with transaction.atomic():
        check_fingerprint(seen, preview_run_failed_again(lock_open(rescore)))
        failed = list(failed_evaluations(rescore).select_related("submission__team", "rule"))
        again = sum(transitions.run_again(evaluation, by=by) for evaluation in failed)
        transaction.on_commit(wake_workers, robust=True)
        return again


def preview_drop(rescore: Rescore) -> str:
    """Return what dropping it does. Raises RescoreEnded."""
    _check_open(rescore)
    return f"{rescore}: what it has scored is deleted. Leaderboards, slots and mails stay as they are."


def drop(rescore: Rescore, *, by: By, reason: str = "", seen: str | None = None) -> None:
    """End a re-score without any effect: its rule and what it has scored are deleted. Raises RescoreEnded."""
    with transaction.atomic():
        present = lock_open(rescore)
        check_fingerprint(seen, preview_drop(present))
        rule = present.rule
        ended = {"state": Rescore.State.DROPPED, "ended_at": timezone.now(), "reason": reason.strip()[:500]}
        unleased = {
            "fence": F("fence") + 1,
            "lease_until": None,
        }  # of a worker that compares its packs
        Rescore.objects.filter(pk=present.pk).update(**ended, **unleased, rule=None)
        record(by=by, what="dropped a re-score", subject=present, reason=reason.strip())
        if rule:
            _forget(rule)
        transaction.on_commit(partial(shutil.rmtree, present.folder, ignore_errors=True))


def _forget(rule: ScoringRule) -> None:
    """Delete what was scored by a rule that no phase has followed; of an earlier rule, only what still waits."""
    made = Evaluation.objects.filter(rule=rule, rescoring=True)
    was_followed = rule.state != ScoringRule.State.DRAFT
    if was_followed:
        made = made.exclude(state__in=[State.SCORED, State.REJECTED])
    locked = made.select_for_update(of=("self",)).only("pk")  # no worker adds an event to them meanwhile
    files = [evaluation.statistics_path for evaluation in locked]
    made.delete()
    if not was_followed:
        rule.delete()
    for path in files:
        transaction.on_commit(partial(path.unlink, missing_ok=True))


def lock_open(rescore: Rescore) -> Rescore:
    """The re-score, locked until the end of the transaction. Raises RescoreEnded."""
    present = Rescore.objects.select_for_update(of=("self",)).select_related("rule__ground_truth", "track")
    found = present.get(pk=rescore.pk)
    _check_open(found)
    return found


def _check_open(rescore: Rescore) -> None:
    if rescore.state != Rescore.State.OPEN:
        raise RescoreEnded(rescore)
