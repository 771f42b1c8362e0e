"""Quota history of a team: every slot taken or granted, by phase and quota window, newest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from server.submissions import slots
from server.submissions.models import Slot, SlotGrant
from server.teams.models import Team
from server.tracks.models import Phase


@dataclass(frozen=True)
class QuotaEvent:
    """A slot that was taken, or a grant, in a quota window of a phase."""

    at: datetime
    phase: Phase
    window: str
    slot: Slot | None = None
    grant: SlotGrant | None = None


@dataclass(frozen=True)
class Page:
    """Events of one quota window of a phase; `statuses` and `next_reset` are set for the current one only."""

    phase: Phase
    window: str
    is_current: bool
    events: list[QuotaEvent]
    statuses: list[slots.SlotStatus]
    next_reset: datetime | None

    @property
    def free(self) -> int:
        return slots.count_free(self.statuses)


def quota_history_of(team: Team, now: datetime) -> list[Page]:
    """Return the current quota window of every open phase, and every quota window with events."""
    taken = Slot.objects.filter(team=team).with_state().select_related("phase__track", "submission")
    grants = SlotGrant.objects.filter(team=team).select_related("phase__track")
    events: dict[tuple[Phase, str], list[QuotaEvent]] = {}
    for phase in Phase.objects.open_at(now).that_can_score().select_related("track"):
        events[phase, phase.window(now)] = []
    for event in _events(taken, grants):
        events.setdefault((event.phase, event.window), []).append(event)
    pages = [_page(team, phase, window, own, now) for (phase, window), own in events.items()]
    return sorted(pages, key=lambda page: (*page.phase.track.list_position, page.phase.opens_at, page.window))


def _events(taken: Iterable[Slot], grants: Iterable[SlotGrant]) -> list[QuotaEvent]:
    events = [QuotaEvent(slot.taken_at, slot.phase, slot.window, slot=slot) for slot in taken]
    events += [QuotaEvent(grant.at, grant.phase, grant.window, grant=grant) for grant in grants]
    return sorted(events, key=lambda event: event.at, reverse=True)


def _page(team: Team, phase: Phase, window: str, events: list[QuotaEvent], now: datetime) -> Page:
    is_current = phase.status == "open" and window == phase.window(now)
    statuses = slots.slot_statuses(team, phase, now) if is_current else []
    next_reset = phase.next_window_opens(now) if is_current else None
    return Page(phase, window, is_current, events, statuses, next_reset)
