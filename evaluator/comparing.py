"""Compares teams over the same resamples: rank intervals, pairs, and groups that no difference divides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluator.resampling import interval
from evaluator.scorers.labels import Ratios

PAIRS_AMONG = 50  # the best teams, of which every pair is reported


@dataclass(frozen=True)
class Place:
    """Where a team stands: its rank, the interval of its rank, its group from 1 on, and rivals by rank.

    `indistinct` are the ranks of the other teams whose paired difference to this one may be 0.
    """

    rank: int
    rank_low: int
    rank_high: int
    group: int
    indistinct: tuple[int, ...]


@dataclass(frozen=True)
class Pair:
    """Two teams by name, the better one first: how often it wins, and the difference of their headlines.

    `beats` is the share of resamples in which `team` prints a higher headline, ties counting half.
    `difference` is in fractions; `low` and `high` are its 95 % interval, None where it is never defined.
    """

    team: str
    other: str
    beats: float
    difference: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Ranking:
    """The ranked teams, best first, and their headlines: scores [teams], resampled [resamples, teams]."""

    names: tuple[str, ...]
    scores: Ratios
    resampled: Ratios

    def places(self) -> list[Place]:
        """Say of each team where it stands, in this order."""
        if not self.names:
            return []
        ranks = ranks_of(printed(self.scores)[np.newaxis])[0]
        lows, highs = interval(ranks_of(printed(self.resampled)).astype(np.float64))
        distinct = self._distinct()
        groups = groups_of(ranks, distinct)
        return [
            Place(int(rank), int(low), int(high), group, _others(ranks, distinct[place], place))
            for place, (rank, low, high, group) in enumerate(zip(ranks, lows, highs, groups, strict=True))
        ]

    def pairs(self) -> list[Pair]:
        """Compare every two of the PAIRS_AMONG best teams."""
        shown = printed(self.resampled[:, :PAIRS_AMONG])
        return [pair for place in range(shown.shape[1] - 1) for pair in self._pairs_of(place, shown)]

    def _pairs_of(self, place: int, shown: Ratios) -> list[Pair]:
        """Compare a team with those that come after it."""
        one, others = shown[:, [place]], shown[:, place + 1 :]
        beats = (one > others).mean(axis=0) + (one == others).mean(axis=0) / 2
        lows, highs = (ends[: others.shape[1]] for ends in self._differences(place))
        rows = enumerate(zip(beats.tolist(), lows, highs, strict=True), place + 1)
        return [
            Pair(
                self.names[place],
                self.names[other],
                round(share, 4),
                float(self.scores[place] - self.scores[other]),
                or_none(low),
                or_none(high),
            )
            for other, (share, low, high) in rows
        ]

    def _differences(self, place: int) -> tuple[Ratios, Ratios]:
        """Return the interval of a team's headline minus that of each team after it, image for image."""
        return interval(self.resampled[:, [place]] - self.resampled[:, place + 1 :])

    def _distinct(self) -> npt.NDArray[np.bool_]:
        """Tell of every two teams whether 0 lies outside the interval of their difference."""
        distinct = np.zeros((len(self.names), len(self.names)), np.bool_)
        for place in range(len(self.names)):
            low, high = self._differences(place)
            distinct[place, place + 1 :] = distinct[place + 1 :, place] = (low > 0) | (high < 0)
        return distinct


def printed(fractions: Ratios) -> Ratios:
    """Return percentages as a board prints them, to two decimals; an undefined one is below them all.

    Python's round takes the decimal that f"{...:.2f}" prints; numpy's may take its neighbour.
    """
    rounded = [-np.inf if value != value else round(value * 100, 2) for value in fractions.ravel().tolist()]  # noqa: PLR0124 (NaN)
    return np.array(rounded).reshape(fractions.shape)


def ranks_of(shown: Ratios) -> npt.NDArray[np.int64]:
    """Rank the teams of each row, 1 for the highest; equal ones share the better rank."""
    rows = ((np.sort(row), row) for row in shown)
    return np.array([row.size + 1 - np.searchsorted(ascending, row, "right") for ascending, row in rows])


def groups_of(ranks: npt.NDArray[np.int64], distinct: npt.NDArray[np.bool_]) -> list[int]:
    """Number the groups from the best team on.

    A group goes on as long as the next team is not distinct from the group's first; who shares a rank
    shares the group.
    """
    groups: list[int] = []
    first = 0
    for place, rank in enumerate(ranks):
        if distinct[first, place] and rank != ranks[place - 1]:
            first = place
        groups.append(groups[-1] + (first == place) if groups else 1)
    return groups


def or_none(value: float | Ratios) -> float | None:
    """Return a number fit for JSON: None for NaN."""
    return None if np.isnan(value) else float(value)


def _others(ranks: npt.NDArray[np.int64], distinct: npt.NDArray[np.bool_], place: int) -> tuple[int, ...]:
    alike = ~distinct
    alike[place] = False
    return tuple(np.unique(ranks[alike]).tolist())
