"""The ranking itself: which row each team stands on, and its rank. Plain rows in, places out; no database."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite

from server.tracks.metrics import Metric

UNRANKED = {"disqualified", "baseline"}  # listed where their score would stand, without a rank
UNSEEN = {"hidden"}


@dataclass(frozen=True)
class Row:
    """A scored submission, as far as its place depends on it."""

    key: Hashable
    team: Hashable
    printed: str | None  # the headline as readers see it; None where it is no number
    received_at: datetime
    chosen: bool = False
    withdrawn: bool = False
    verdicts: frozenset[str] = frozenset()

    @property
    def visible(self) -> bool:
        return not self.withdrawn and not self.verdicts & UNSEEN

    @property
    def ranks(self) -> bool:
        return self.printed is not None and not self.verdicts & (UNRANKED | UNSEEN)


@dataclass(frozen=True)
class Place:
    row: Row
    rank: int | None


def printed(metric: Metric, value: float | None) -> str | None:
    """A headline as printed, where it is a number at all."""
    return metric.show(value) if value is not None and isfinite(value) else None


def best_first(row: Row) -> tuple[bool, float, datetime, str]:
    """Best printed headline first; among equals the earlier hand-in; what is no number last."""
    return row.printed is None, -float(row.printed or 0), row.received_at, str(row.key)


def places(rows: Iterable[Row], *, by_choice: bool) -> list[Place]:
    """The board: each team's best visible row, or the one it chose, best first, with its rank."""
    stands: dict[Hashable, Row] = {}
    for row in sorted((row for row in rows if row.visible), key=best_first):
        present = stands.setdefault(row.team, row)
        if by_choice and row.chosen and not present.chosen:
            stands[row.team] = row
    listed = sorted(stands.values(), key=best_first)
    ranks = ranks_of([row.printed if row.ranks else None for row in listed])
    return [Place(row, rank) for row, rank in zip(listed, ranks, strict=True)]


def records(rows: Iterable[Row]) -> list[Row]:
    """Those ranking rows that surpassed all before them, in the order in which they were handed in."""
    surpassed: list[Row] = []
    ranking = (row for row in rows if row.visible and row.ranks)
    for row in sorted(ranking, key=lambda row: (row.received_at, str(row.key))):
        if not surpassed or float(row.printed) > float(surpassed[-1].printed):
            surpassed.append(row)
    return surpassed


def ranks_of(headlines: Sequence[str | None]) -> list[int | None]:
    """The rank of each printed headline of a list sorted best first: equal ones share it, None has none."""
    ranks: list[int | None] = []
    ranked_so_far, previous, rank = 0, None, 0
    for headline in headlines:
        if headline is None:
            ranks.append(None)
            continue
        ranked_so_far += 1
        if headline != previous:
            rank, previous = ranked_so_far, headline
        ranks.append(rank)
    return ranks
