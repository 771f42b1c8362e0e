"""Timeline of the phases of all tracks, with the current time in order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from server.tracks.models import Phase


@dataclass(frozen=True)
class Milestone:
    """A time at which phases open or close, or the current time."""

    at: datetime
    text: str
    tracks: tuple[str, ...] = ()
    now: bool = False
    past: bool = False


def state_of(phases: Iterable[Phase]) -> str:
    """Return whether an edition is open, in words for its headline; empty before it begins."""
    found = {phase.status for phase in phases}
    if "open" in found:
        return "still open" if "closed" in found else "open"
    return "closed" if "closed" in found and "upcoming" not in found else ""


def timeline(phases: Iterable[Phase], now: datetime) -> list[Milestone]:
    """Return every opening and closing in order; simultaneous ones of several tracks are one milestone."""
    tracks: dict[tuple[datetime, str], list[str]] = {}
    for phase in phases:
        for at, what in ((phase.opens_at, "opens"), (phase.closes_at, "closes")):
            if at:
                tracks.setdefault((at, f"{phase.title} {what}"), []).append(phase.track.short_title)
    milestones = [Milestone(at, text, tuple(names), past=at <= now) for (at, text), names in tracks.items()]
    return sorted([*milestones, Milestone(now, "Now", now=True)], key=lambda milestone: milestone.at)
