"""Decides which submission each team stands on, and its rank. Pure functions, no database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from uuid import UUID

UNRANKED_VERDICTS = {"disqualified", "baseline"}  # listed where their score would stand, without a rank
HIDDEN_VERDICTS = {"hidden"}


@dataclass(frozen=True)
class Candidate:
    """A scored submission, with everything that its rank depends on."""

    key: UUID
    team: UUID
    sort_key: float  # the headline's, by Metric.sort_key: the least is the best, infinite where undefined
    received_at: datetime
    chosen: bool = False
    withdrawn: bool = False
    verdicts: frozenset[str] = frozenset()

    @property
    def visible(self) -> bool:
        return not self.withdrawn and not self.verdicts & HIDDEN_VERDICTS

    @property
    def rankable(self) -> bool:
        return self.sort_key != inf and not self.verdicts & (UNRANKED_VERDICTS | HIDDEN_VERDICTS)


@dataclass(frozen=True)
class RankedCandidate:
    """A candidate that stands on the board; `rank` is None where it is listed without one."""

    candidate: Candidate
    rank: int | None


def best_first(candidate: Candidate) -> tuple[float, datetime, str]:
    """Sort key: best printed headline first, equal ones by time of submission, undefined ones last."""
    return candidate.sort_key, candidate.received_at, str(candidate.key)


def rank_candidates(candidates: Iterable[Candidate], *, by_choice: bool) -> list[RankedCandidate]:
    """The board: each team's best visible candidate, or the one it chose, best first, with its rank."""
    standing: dict[UUID, Candidate] = {}
    for candidate in sorted((each for each in candidates if each.visible), key=best_first):
        current = standing.setdefault(candidate.team, candidate)
        if by_choice and candidate.chosen and not current.chosen:
            standing[candidate.team] = candidate
    listed = sorted(standing.values(), key=best_first)
    ranks = ranks_of([candidate.sort_key if candidate.rankable else None for candidate in listed])
    return [RankedCandidate(candidate, rank) for candidate, rank in zip(listed, ranks, strict=True)]


def best_so_far(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The rankable candidates that were better than all before them, in the order of submission."""
    best: list[Candidate] = []
    rankable = (candidate for candidate in candidates if candidate.visible and candidate.rankable)
    for candidate in sorted(rankable, key=lambda each: (each.received_at, str(each.key))):
        if not best or candidate.sort_key < best[-1].sort_key:
            best.append(candidate)
    return best


def ranks_of(sort_keys: Sequence[float | None]) -> list[int | None]:
    """The rank of each sort key of a list sorted best first: equal ones share it, None has none."""
    ranks: list[int | None] = []
    ranked_so_far, previous, rank = 0, None, 0
    for sort_key in sort_keys:
        if sort_key is None:
            ranks.append(None)
            continue
        ranked_so_far += 1
        if sort_key != previous:
            rank, previous = ranked_so_far, sort_key
        ranks.append(rank)
    return ranks
