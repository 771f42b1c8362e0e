"""What opens and closes when, over all tracks, with the present moment in its place."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from server.tracks.models import Phase


@dataclass(frozen=True)
class Milestone:
    """A moment: something opens or closes, or it is now."""

    at: datetime
    text: str
    tracks: tuple[str, ...] = ()
    now: bool = False
    past: bool = False


def timeline(phases: Iterable[Phase], now: datetime) -> list[Milestone]:
    """Every opening and closing in order; what happens to several tracks at once is one milestone."""
    tracks: dict[tuple[datetime, str], list[str]] = {}
    for phase in phases:
        for at, what in ((phase.opens_at, "opens"), (phase.closes_at, "closes")):
            if at:
                tracks.setdefault((at, f"{phase.title} {what}"), []).append(phase.track.short_title)
    moments = [Milestone(at, text, tuple(names), past=at <= now) for (at, text), names in tracks.items()]
    return sorted([*moments, Milestone(now, "Now", now=True)], key=lambda moment: moment.at)
