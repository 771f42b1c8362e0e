"""Phases that are open at the same time on one split: a team then has the slots of both."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from server.time_format import format_utc
from server.tracks.models import Phase


@dataclass(frozen=True)
class Overlap:
    """Two phases of a split, and while both are open; `ends` is None where neither has an end."""

    first: Phase
    second: Phase
    begins: datetime
    ends: datetime | None

    def __str__(self) -> str:
        until = f"until {format_utc(self.ends)}" if self.ends else "without end"
        split = self.first.get_split_display()
        return (
            f"{self.first} and {self.second} are both open on the {split} split from {format_utc(self.begins)} "
            f"{until}: a team has {self.first.limit} + {self.second.limit} submissions there."
        )


def overlaps_among(phases: Iterable[Phase], now: datetime) -> list[Overlap]:
    """Return the overlaps of these phases that are not over."""
    found = (_overlap(*pair) for pair in combinations(phases, 2))
    return [overlap for overlap in found if overlap and (overlap.ends is None or overlap.ends > now)]


def overlaps_with(changed: Iterable[Phase], now: datetime) -> list[Overlap]:
    """Return the overlaps that these phases, as they would be saved, have with each other and with all others."""
    own = {phase.pk: phase for phase in changed}
    others = Phase.objects.filter(track__in={phase.track_id for phase in own.values()}).exclude(pk__in=own)
    found = overlaps_among([*own.values(), *others.select_related("track")], now)
    return [overlap for overlap in found if {overlap.first.pk, overlap.second.pk} & own.keys()]


def _overlap(one: Phase, other: Phase) -> Overlap | None:
    if (one.track_id, one.split) != (other.track_id, other.split):
        return None
    first, second = sorted((one, other), key=lambda phase: phase.opens_at)
    ends = min((phase.closes_at for phase in (one, other) if phase.closes_at), default=None)
    return Overlap(first, second, second.opens_at, ends) if ends is None or second.opens_at < ends else None
