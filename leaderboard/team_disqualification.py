"""Disqualifying a whole team in one or more phases, and undoing it: previewed, recorded, told to the team."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from leaderboard.ranking.review_effects import effects_on_team
from leaderboard.ranking.snapshot import Snapshot, snapshot_of
from leaderboard.ranking.standings import Standing, standings, standings_from
from server.accounts.models import User
from server.acts import ActRefused, check_fingerprint, checked_reason
from server.audit.services import publish_line, record
from server.submissions.models import TeamDisqualification
from server.teams.emails import MAIL, mail_in_words, tell_team
from server.teams.models import Team
from server.teams.services import lock_team_row
from server.time_format import format_utc
from server.tracks.models import Phase

TOP = 3
NO_BOARD = "There is no leaderboard."
WHAT = (
    "Whatever the team has submitted there has no rank; its best row stays, struck through, with the reason, "
    "which is public. What it submits from now on is refused with the reason; what waits is still scored, without "
    "a rank."
)
WHAT_UNDOING = "The team’s rows are ranked again, and it can submit again, in all phases of this decision."


class NothingToDisqualify(ActRefused):
    field = "scope"

    def __init__(self, team: Team) -> None:
        super().__init__(
            f"{team} is disqualified there already, or there is no phase. Choose another phase, or go back."
        )


class DisqualificationUndone(ActRefused):
    def __init__(self) -> None:
        super().__init__("This decision was already undone. Nothing was changed.")


@dataclass(frozen=True)
class PhaseEffect:
    """What happens in a phase: the team's row, what else cannot replace it, who moves, and who is on top then.

    `row` is empty where there is none.
    """

    phase: str
    row: str
    others: int
    effects: tuple[str, ...]
    top: tuple[str, ...]


@dataclass(frozen=True)
class DisqualificationPreview:
    """What the disqualification of a team, or its undoing, would do. `public`: lines of the public log."""

    team: str
    what: str
    phases: tuple[PhaseEffect, ...]
    public: str
    mail: str
    way_back: str

    @property
    def without_row(self) -> list[str]:
        """The phases in which no row changes."""
        return [effect.phase for effect in self.phases if not effect.row]


def preview_disqualify_team(team: Team, phases: Iterable[Phase]) -> DisqualificationPreview:
    """Return what would follow in those of the phases where it is not in force. Raises NothingToDisqualify."""
    left = _left(team, phases)
    if not left:
        raise NothingToDisqualify(team)
    return DisqualificationPreview(
        team=team.name,
        what=WHAT,
        phases=tuple(_effect(phase, team, TeamDisqualification(team=team, phase=phase)) for phase in left),
        public=_public(_lines(team, left, "was disqualified")),
        mail=mail_in_words(team),
        way_back="The whole decision can be undone on the team’s page for organisers; the record of both stays. "
        "Phases that are added later are not part of it.",
    )


@transaction.atomic
def disqualify_team(
    *, team: Team, scope: Sequence[Phase], reason: str, by: User, tell: bool = True, seen: str | None = None
) -> UUID:
    """Disqualify a team in these phases; return the act. Raises ActRefused."""
    team, reason, act = lock_team_row(team), checked_reason(reason), uuid4()
    preview = preview_disqualify_team(team, scope)
    check_fingerprint(seen, preview)
    phases, at = _left(team, scope), timezone.now()
    lines = _lines(team, phases, "was disqualified")
    TeamDisqualification.objects.bulk_create(
        TeamDisqualification(act=act, team=team, phase=phase, reason=reason, by=by, at=at) for phase in phases
    )
    _tell(team, phases, lines, what="disqualified a team", verb="is disqualified", reason=reason, by=by, tell=tell)
    return act


def preview_undo_disqualification(act: UUID) -> DisqualificationPreview:
    """Return what undoing the whole act would do. Raises DisqualificationUndone."""
    rows = _in_force(act)
    team = rows[0].team
    phases = [row.phase for row in rows]
    return DisqualificationPreview(
        team=team.name,
        what=WHAT_UNDOING,
        phases=tuple(_effect(phase, team, None) for phase in phases),
        public=_public(_lines(team, phases, "is no longer disqualified")),
        mail=mail_in_words(team),
        way_back="Disqualify the team again.",
    )


@transaction.atomic
def undo_disqualification(act: UUID, *, by: User, reason: str, tell: bool = True, seen: str | None = None) -> None:
    """Undo a disqualification in all its phases at once. Raises ActRefused."""
    reason = checked_reason(reason)
    team = lock_team_row(_in_force(act)[0].team)
    check_fingerprint(seen, preview_undo_disqualification(act))
    phases = [row.phase for row in _in_force(act)]
    lines = _lines(team, phases, "is no longer disqualified")
    TeamDisqualification.objects.in_force().filter(act=act).update(undone_at=timezone.now(), undone_by=by)
    what, verb = "undid the disqualification of a team", "is no longer disqualified"
    _tell(team, phases, lines, what=what, verb=verb, reason=reason, by=by, tell=tell)


def _tell(
    team: Team,
    phases: Sequence[Phase],
    lines: dict[Phase, str],
    *,
    what: str,
    verb: str,
    reason: str,
    by: User,
    tell: bool,
) -> None:
    """Write audit log, public log and mail."""
    where = "; ".join(map(str, phases))
    changes = {"phases": ["", where], MAIL: ["", mail_in_words(team, tell)]}
    entry = record(by=by, what=what, subject=team, changes=changes, reason=reason)
    for phase, line in lines.items():
        publish_line(text=f"{line}: {reason}", about=phase, by=by)
    if tell:
        tell_team(team, entry=entry, what=f"The team {verb} in: {where}.", reason=reason)


def _left(team: Team, phases: Iterable[Phase]) -> list[Phase]:
    """Those of the phases in which the team is not disqualified."""
    in_force = set(team.disqualifications.in_force().values_list("phase_id", flat=True))
    return [phase for phase in phases if phase.pk not in in_force]


def _in_force(act: UUID) -> list[TeamDisqualification]:
    rows = TeamDisqualification.objects.in_force().filter(act=act)
    found = list(rows.select_related("team", "phase__track").order_by("phase"))
    if not found:
        raise DisqualificationUndone
    return found


def _lines(team: Team, phases: Iterable[Phase], what: str) -> dict[Phase, str]:
    """The lines of the public log, without the reason: about rows that everybody sees, by the name shown there."""
    shown = {phase: _row_of(standings(phase), team) for phase in phases if not phase.track.scorer_error}
    return {phase: f"The row of {row.name} {what}" for phase, row in shown.items() if row}


def _public(lines: dict[Phase, str]) -> str:
    """Return the lines in words, each once with the phases that it is about."""
    about: dict[str, list[str]] = {}
    for phase, line in lines.items():
        about.setdefault(line, []).append(str(phase))
    return "; ".join(f"{line} ({', '.join(phases)})" for line, phases in about.items())


def _effect(phase: Phase, team: Team, then: TeamDisqualification | None) -> PhaseEffect:
    """What happens to the board of a phase if `then` is what is in force of the team."""
    now = None if phase.track.scorer_error else snapshot_of(phase, None, include_hidden=True)
    if now is None:
        return PhaseEffect(str(phase), "", 0, (NO_BOARD,), ())
    others = {key: found for key, found in now.disqualified.items() if key != team.pk}
    after = replace(now, disqualified=others | ({team.pk: then} if then else {}))
    row = _row_of(standings_from(now), team)
    scored = sum(candidate.team == team.pk for candidate in now.candidates)
    return PhaseEffect(
        phase=str(phase),
        row=_in_words(row) if row else "",
        others=max(0, scored - 1),
        effects=effects_on_team(now, after, team),
        top=_top(after),
    )


def _top(snapshot: Snapshot) -> tuple[str, ...]:
    ranked = [row for row in standings_from(snapshot) if row.rank and row.rank <= TOP]
    return tuple(f"{row.rank}. {row.team}: {row.values[0][1]}" for row in ranked)


def _in_words(row: Standing) -> str:
    rank = f"rank {row.rank}" if row.rank else "without a rank"
    method = f"“{row.submission.method}” " if row.submission.method else ""
    return f"{method}of {format_utc(row.submission.received_at)}, {row.values[0][1]}, {rank}"


def _row_of(rows: Iterable[Standing], team: Team) -> Standing | None:
    return next((row for row in rows if row.team == team), None)
