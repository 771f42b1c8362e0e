"""Publishing a re-score: the chosen phases follow the new rule from one moment on, and everyone is told."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from server.accounts.models import User
from server.acts import check_fingerprint, checked_reason
from server.announcements.audience import Audience
from server.announcements.services import draft_announcement
from server.audit.services import publish_line, record
from server.rescores.dry_run import progress_of
from server.rescores.emails import email_teams
from server.rescores.exceptions import DryRunIncomplete, NoPhaseChosen, PhaseNotOffered, RescoreEnded
from server.rescores.models import Rescore
from server.rescores.services import By, lock_open
from server.rescores.table import PhaseTable, changes_of
from server.submissions import transitions
from server.submissions.models import Evaluation, State
from server.submissions.services import wake_workers
from server.tracks.models import Phase, rule_of
from server.tracks.services import change_rule, lock_phases


@dataclass(frozen=True)
class PhaseEffect:
    """What publishing changes in a phase.

    How many moves are significant may be found out while the preview is read: it is no part of its fingerprint.
    """

    phase: str
    closed: bool
    old_rule: int | None
    submissions: int
    changed_scores: int
    moved_teams: int
    newly_rejected: int
    newly_scored: int
    teams_mailed: int
    significant_moves: int | None = field(repr=False)  # None where `significance_note` says why
    significance_note: str = field(repr=False)

    @property
    def significance(self) -> str:
        """How many of the rank moves are significant, in a sentence; empty where none moves."""
        are = "is" if self.significant_moves == 1 else "are"
        counted = f"{self.significant_moves} of these moves {are} between significantly different teams."
        return self.significance_note or (counted if self.moved_teams else "")


@dataclass(frozen=True)
class PublicationPreview:
    """What follows from publishing a re-score for the chosen phases; the split's others keep their rule."""

    rule: int
    phases: tuple[PhaseEffect, ...]
    kept: tuple[str, ...]


def choosable_phases(rescore: Rescore) -> list[Phase]:
    """The phases of the dry run that do not follow the new rule already."""
    phases = rescore.phases.select_related("track").order_by("opens_at", "pk")
    return [phase for phase in phases if (rule := rule_of(phase)) is None or rule.pk != rescore.rule_id]


def preview_publication(rescore: Rescore, phases: Collection[Phase]) -> PublicationPreview:
    """Say what publishing for these phases changes. Raises ActRefused where it cannot be published now."""
    if rescore.state != Rescore.State.OPEN:
        raise RescoreEnded(rescore)
    _check_phases(rescore, phases)
    _check_complete(rescore, phases)
    return _preview(rescore, changes_of(rescore, phases))


def _check_phases(rescore: Rescore, phases: Collection[Phase]) -> None:
    if not phases:
        raise NoPhaseChosen
    offered, dry_run = choosable_phases(rescore), set(rescore.phases.all())
    for phase in phases:
        if phase not in dry_run:
            raise PhaseNotOffered(phase, "its submissions are no part of this dry run; start another one for it")
        if phase not in offered:
            raise PhaseNotOffered(phase, f"it follows rule {rescore.number} already")


def _check_complete(rescore: Rescore, phases: Collection[Phase]) -> None:
    progress = progress_of(rescore, phases)
    if not progress.complete:
        raise DryRunIncomplete(progress.unfinished, progress.failed, a_look=rescore.scope != Rescore.Scope.ALL)


def _preview(rescore: Rescore, changes: dict[Phase, PhaseTable]) -> PublicationPreview:
    split = Phase.objects.filter(track=rescore.track_id, split=rescore.split).select_related("track")
    return PublicationPreview(
        rule=rescore.number,
        phases=tuple(_effect(phase, table) for phase, table in changes.items()),
        kept=tuple(str(phase) for phase in split if phase not in changes),
    )


def _effect(phase: Phase, table: PhaseTable) -> PhaseEffect:
    rule, rows = rule_of(phase), table.rows
    return PhaseEffect(
        phase=str(phase),
        closed=phase.status == "closed",
        old_rule=rule.number if rule else None,
        submissions=len(rows),
        changed_scores=sum(bool(row.difference) for row in rows),
        moved_teams=len({row.submission.team_id for row in table.moved}),
        newly_rejected=sum(row.newly_rejected for row in rows),
        newly_scored=sum(row.newly_scored for row in rows),
        teams_mailed=len({row.submission.team_id for row in rows}),
        significant_moves=table.significant_moves,
        significance_note=table.note,
    )


def publish(
    rescore: Rescore, phases: Collection[Phase], *, reason: str, by: By, seen: str | None = None
) -> PublicationPreview:
    """Have these phases follow the new rule: board, submissions, mails and log change in one transaction.

    What waits or is being scored is scored by the new rule instead. Raises ActRefused and changes nothing
    then: also where a submission that was scored meanwhile has no evaluation by the new rule yet.
    """
    reason = checked_reason(reason)[:500]
    with transaction.atomic():
        present = lock_open(rescore)
        _check_phases(present, phases)
        lock_phases(Phase.objects.filter(track=present.track, split=present.split))
        _redirect_waiting(present, phases)
        _check_complete(present, phases)
        changes = changes_of(present, phases)
        check_fingerprint(seen, preview := _preview(present, changes))
        _change(present, changes, reason, by)
        transaction.on_commit(wake_workers, robust=True)
    return preview


def _redirect_waiting(rescore: Rescore, phases: Collection[Phase]) -> None:
    """Have the new rule score what the old one has not finished; a worker that is faster is seen afterwards."""
    if (rule := rescore.rule) is None:
        return
    keys = [phase.pk for phase in phases]
    waiting = Evaluation.objects.select_for_update(of=("self",)).filter(
        submission__phase__in=keys, rescoring=False, state__in=[State.QUEUED, State.RUNNING]
    )
    made = Evaluation.objects.filter(rule=rule).values("submission")
    for evaluation in waiting.exclude(rule=rule).exclude(submission__in=made):
        transitions.follow_rule(evaluation, rule)


def _change(rescore: Rescore, changes: dict[Phase, PhaseTable], reason: str, by: By) -> None:
    if (rule := rescore.rule) is None:
        raise RescoreEnded(rescore)
    old_numbers = {phase: old.number if (old := rule_of(phase)) else 0 for phase in changes}
    change_rule(rule, list(changes), reason=reason, by=by)
    ended = {"state": Rescore.State.PUBLISHED, "ended_at": timezone.now(), "reason": reason}
    Rescore.objects.filter(pk=rescore.pk).update(**ended)
    record(
        by=by,
        what="published a re-score",
        subject=rescore,
        changes={"phases": ["", ", ".join(map(str, changes))]},
        reason=reason,
    )
    for phase, table in changes.items():
        line = (
            f"Rule {rule.number} replaces rule {old_numbers[phase]}; all submissions were scored again. {reason}"
        )
        publish_line(text=line, about=phase, by=by)
        email_teams(rescore, phase, table.rows, reason)
    _draft_announcement(rescore, changes, reason, by)


def _draft_announcement(rescore: Rescore, changes: dict[Phase, PhaseTable], reason: str, by: By) -> None:
    """For an organiser to read, edit and send: teams without a submission got no mail."""
    phases = "\n".join(f"- {phase}" for phase in changes)
    text = (
        f"All submissions were scored again by rule {rescore.number}:\n\n{phases}\n\nReason: {reason}\n\n"
        f"Teams with submissions have got a mail with their old and new scores."
    )
    draft_announcement(
        subject=f"{rescore.track.title}: scored again",
        text=text,
        by=by if isinstance(by, User) else None,
        audience=Audience(phases=tuple(changes)),
        on_site=True,
    )
