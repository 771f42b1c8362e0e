"""Slots that organisers grant in addition to the quota: to one team, or to all teams in one act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from server.accounts.models import User
from server.acts import ActRefused, check_fingerprint, checked_reason
from server.audit.services import publish_line, record
from server.submissions.models import SlotGrant
from server.submissions.slots import granted_by_team
from server.teams.emails import MAIL, SWITCHED_OFF, mail_in_words, tell_team
from server.teams.models import Team
from server.time_format import format_utc
from server.tracks.models import Phase

MOST = 20
WAY_BACK = "A grant cannot be undone: the slots may be used at once."
REASON_LENGTH = 200


class SlotGrantRefused(ActRefused):
    """A refused grant; the message says why."""


class WrongNumber(SlotGrantRefused):
    field = "extra"

    def __init__(self) -> None:
        super().__init__(f"Grant 1 to {MOST} slots at a time. A grant cannot be undone.")


class ReasonTooLong(SlotGrantRefused):
    field = "reason"

    def __init__(self) -> None:
        super().__init__(f"Write the reason in at most {REASON_LENGTH} characters: the quota history shows it.")


class PhaseIsOver(SlotGrantRefused):
    field = "phase"

    def __init__(self, phase: Phase, closed_at: datetime) -> None:
        super().__init__(f"{phase} closed on {format_utc(closed_at)}. To grant slots there, extend it first.")


class NoTeams(SlotGrantRefused):
    def __init__(self) -> None:
        super().__init__("No team has members, so nobody would get slots.")


@dataclass(frozen=True)
class TeamGrant:
    """A team with its slots in the quota window before and after."""

    team: str
    before: int
    after: int


@dataclass(frozen=True)
class GrantPreview:
    phase: str
    window: str
    teams: tuple[TeamGrant, ...]
    mail: str
    way_back: str = WAY_BACK

    @property
    def count(self) -> int:
        return len(self.teams)


def preview_grant(team: Team, phase: Phase, extra: int) -> GrantPreview:
    """Return what a grant to one team would do. Raises SlotGrantRefused."""
    return _preview([team], phase, extra, mail_in_words(team))


def preview_grant_to_all(phase: Phase, extra: int) -> GrantPreview:
    """Return what a grant to all teams would do. Raises SlotGrantRefused."""
    teams = _all_teams()
    if not teams:
        raise NoTeams
    return _preview(teams, phase, extra, f"to the members of {len(teams)} teams")


@transaction.atomic
def grant(
    *,
    team: Team,
    phase: Phase,
    extra: int,
    reason: str,
    by: User,
    tell: bool = True,
    seen: str | None = None,
) -> SlotGrant:
    """Grant the team extra slots in the current quota window, or the first.

    Raises SlotGrantRefused, ReasonMissing or PreviewOutdated.
    """
    reason, phase = _checked(reason), _locked(phase)
    preview = preview_grant(team, phase, extra)
    check_fingerprint(seen, preview)
    given = _write([team], phase, extra, reason, by)[0]
    changes = {
        f"extra slots in {phase}, {preview.window}": ["", str(extra)],
        MAIL: ["", mail_in_words(team, tell)],
    }
    entry = record(by=by, what="granted slots", subject=team, changes=changes, reason=reason)
    if tell:
        tell_team(team, entry=entry, what=_told(phase, extra, preview.window), reason=reason, url=phase.submit_url)
    return given


@transaction.atomic
def grant_to_all(
    *, phase: Phase, extra: int, reason: str, by: User, tell: bool = True, seen: str | None = None
) -> list[SlotGrant]:
    """Grant every team that has members now extra slots in the current quota window, or the first, in one act.

    Raises SlotGrantRefused, ReasonMissing or PreviewOutdated.
    """
    reason, phase = _checked(reason), _locked(phase)
    preview = preview_grant_to_all(phase, extra)
    check_fingerprint(seen, preview)
    teams = _all_teams()
    given = _write(teams, phase, extra, reason, by)
    changes = {
        f"extra slots in {preview.window}, for each team": ["", str(extra)],
        "teams": ["", ", ".join(team.name for team in teams)],
        MAIL: ["", preview.mail if tell else SWITCHED_OFF],
    }
    entry = record(by=by, what="granted slots to all teams", subject=phase, changes=changes, reason=reason)
    text = f"Every team got {_slots(extra)} more{_in_window(preview.window)}: {reason}"
    publish_line(text=text, about=phase, by=by)
    for team in teams if tell else ():
        tell_team(team, entry=entry, what=_told(phase, extra, preview.window), reason=reason, url=phase.submit_url)
    return given


def _all_teams() -> list[Team]:
    return list(Team.objects.filter(archived_at=None, memberships__isnull=False).distinct().order_by("name", "pk"))


def _preview(teams: Sequence[Team], phase: Phase, extra: int, mail: str) -> GrantPreview:
    now = timezone.now()
    if not 1 <= extra <= MOST:
        raise WrongNumber
    if phase.closes_at and phase.closes_at <= now:
        raise PhaseIsOver(phase, phase.closes_at)
    at = max(now, phase.opens_at)
    granted = granted_by_team(phase, at)
    limits = [(team, phase.limit + granted.get(team.pk, 0)) for team in teams]
    rows = tuple(TeamGrant(str(team), limit, limit + extra) for team, limit in limits)
    return GrantPreview(str(phase), phase.window(at), rows, mail)


def _locked(phase: Phase) -> Phase:
    """Read the phase again, locked: two grants take turns."""
    rows = Phase.objects.select_for_update(of=["self"], no_key=True).select_related("track")
    return rows.get(pk=phase.pk)


def _write(teams: Sequence[Team], phase: Phase, extra: int, reason: str, by: User) -> list[SlotGrant]:
    window = phase.window(max(timezone.now(), phase.opens_at))
    fields = {"phase": phase, "window": window, "extra": extra, "reason": reason, "by": by}
    return SlotGrant.objects.bulk_create([SlotGrant(team=team, **fields) for team in teams])


def _checked(reason: str) -> str:
    text = checked_reason(reason)
    if len(text) > REASON_LENGTH:
        raise ReasonTooLong
    return text


def _told(phase: Phase, extra: int, window: str) -> str:
    return f"It can submit {_slots(extra)} more to {phase}{_in_window(window)}."


def _slots(extra: int) -> str:
    return "one submission" if extra == 1 else f"{extra} submissions"


def _in_window(window: str) -> str:
    return "" if window == "phase" else f" in {window}"
