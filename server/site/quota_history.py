"""Quota history of a team: every slot taken or granted, by phase and quota window, newest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from server.submissions import slots
from server.submissions.models import Slot, SlotGrant
from server.teams.models import Team
from server.tracks.models import Phase


@dataclass(frozen=True)
class Line:
    """A slot that was taken, or a grant."""

    at: datetime
    slot: Slot | None = None
    grant: SlotGrant | None = None


@dataclass(frozen=True)
class Page:
    """Events of one quota window of a phase; `statuses` and `next_reset` are set for the current one only."""

    phase: Phase
    window: str
    lines: list[Line]
    statuses: list[slots.SlotStatus]
    next_reset: datetime | None

    @property
    def free(self) -> int:
        return slots.count_free(self.statuses)


def quota_history_of(team: Team, now: datetime) -> list[Page]:
    """Return the current quota window of every open phase, and every quota window with events."""
    taken = Slot.objects.filter(team=team).with_state().select_related("phase__track", "submission")
    grants = SlotGrant.objects.filter(team=team).select_related("phase__track")
    lines: dict[tuple[Phase, str], list[Line]] = {}
    for phase in Phase.objects.open_at(now).that_can_score().select_related("track"):
        lines[phase, phase.window(now)] = []
    for line in _lines(taken, grants):
        row = line.slot or line.grant
        lines.setdefault((row.phase, row.window), []).append(line)
    pages = [_page(team, phase, window, own, now) for (phase, window), own in lines.items()]
    return sorted(pages, key=lambda page: (page.phase.track.number, page.phase.opens_at, page.window))


def _lines(taken: Iterable[Slot], grants: Iterable[SlotGrant]) -> list[Line]:
    lines = [Line(slot.taken_at, slot=slot) for slot in taken]
    lines += [Line(grant.at, grant=grant) for grant in grants]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _page(team: Team, phase: Phase, window: str, lines: list[Line], now: datetime) -> Page:
    is_current = phase.standing == "open" and window == phase.window(now)
    statuses = slots.slot_statuses(team, phase, now) if is_current else []
    return Page(phase, window, lines, statuses, phase.next_window_opens(now) if is_current else None)
