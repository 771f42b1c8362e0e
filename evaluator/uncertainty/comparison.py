"""Compares teams on the same resamples: confidence intervals of ranks and of differences, and groups of teams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluator.contract import Metric
from evaluator.scorers.ratios import Ratios, or_none
from evaluator.uncertainty.bootstrap import interval

PAIRS_AMONG = 50  # best teams, of which every pair is reported


@dataclass(frozen=True)
class RankInterval:
    """A team's rank with its confidence interval, and its group, numbered from 1.

    `indistinct` are the ranks of the other teams whose paired difference to this one is not significant.
    """

    rank: int
    rank_low: int
    rank_high: int
    group: int
    indistinct: tuple[int, ...]


@dataclass(frozen=True)
class Pair:
    """Two teams by name, the better one first: how often it wins, and the difference of their headlines.

    `beats` is the share of resamples in which `team` prints a better headline, ties counting half. `difference` is
    the headline of `team` minus that of `other`: below 0 where lower is better. `low` and `high` are its
    confidence interval, None where it is never defined.
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

    metric: Metric
    names: tuple[str, ...]
    scores: Ratios
    resampled: Ratios

    def rank_intervals(self) -> list[RankInterval]:
        """Return the rank interval of each team, in this order."""
        if not self.names:
            return []
        ranks = ranks_of(comparable(self.scores, self.metric)[np.newaxis])[0]
        lows, highs = interval(ranks_of(comparable(self.resampled, self.metric)).astype(np.float64))
        distinct = self._distinct()
        groups = groups_of(ranks, distinct)
        return [
            RankInterval(int(rank), int(low), int(high), group, _others(ranks, distinct[index], index))
            for index, (rank, low, high, group) in enumerate(zip(ranks, lows, highs, groups, strict=True))
        ]

    def pairs(self) -> list[Pair]:
        """Compare every two of the PAIRS_AMONG best teams."""
        shown = comparable(self.resampled[:, :PAIRS_AMONG], self.metric)
        return [pair for index in range(shown.shape[1] - 1) for pair in self._pairs_of(index, shown)]

    def _pairs_of(self, index: int, shown: Ratios) -> list[Pair]:
        """Compare a team with all that come after it."""
        one, others = shown[:, [index]], shown[:, index + 1 :]
        beats = (one > others).mean(axis=0) + (one == others).mean(axis=0) / 2
        lows, highs = (ends[: others.shape[1]] for ends in self._differences(index))
        rows = enumerate(zip(beats.tolist(), lows, highs, strict=True), index + 1)
        return [
            Pair(
                self.names[index],
                self.names[other],
                round(share, 4),
                float(self.scores[index] - self.scores[other]),
                or_none(low),
                or_none(high),
            )
            for other, (share, low, high) in rows
        ]

    def _differences(self, index: int) -> tuple[Ratios, Ratios]:
        """Return the intervals of the paired differences of a team's headline and those of all teams after it."""
        return interval(self.resampled[:, [index]] - self.resampled[:, index + 1 :])

    def _distinct(self) -> npt.NDArray[np.bool_]:
        """Tell for every two teams whether they are significantly different: 0 lies outside the interval."""
        distinct = np.zeros((len(self.names), len(self.names)), np.bool_)
        for index in range(len(self.names)):
            low, high = self._differences(index)
            distinct[index, index + 1 :] = distinct[index + 1 :, index] = (low > 0) | (high < 0)
        return distinct


def comparable(values: Ratios, metric: Metric) -> Ratios:
    """Return the printed numbers of a metric, negated where lower is better; -inf where undefined.

    Python's round returns the decimal that f"{...:.2f}" prints; numpy's may return its neighbour.
    """
    scale, sign, decimals = metric.scale, metric.sign, metric.decimals
    listed = values.ravel().tolist()
    rounded = [-np.inf if value != value else sign * round(value * scale, decimals) for value in listed]  # noqa: PLR0124 (NaN)
    return np.array(rounded, np.float64).reshape(values.shape)


def ranks_of(shown: Ratios) -> npt.NDArray[np.int64]:
    """Rank the teams of each row, 1 for the highest; equal values share the better rank."""
    rows = ((np.sort(row), row) for row in shown)
    return np.array([row.size + 1 - np.searchsorted(ascending, row, "right") for ascending, row in rows])


def groups_of(ranks: npt.NDArray[np.int64], distinct: npt.NDArray[np.bool_]) -> list[int]:
    """Number the groups from the best team on.

    A group continues as long as the next team is not significantly different from the group's first; teams of
    one rank are in one group.
    """
    groups: list[int] = []
    first = 0
    for index, rank in enumerate(ranks):
        if distinct[first, index] and rank != ranks[index - 1]:
            first = index
        groups.append(groups[-1] + (first == index) if groups else 1)
    return groups


def _others(ranks: npt.NDArray[np.int64], distinct: npt.NDArray[np.bool_], index: int) -> tuple[int, ...]:
    alike = ~distinct
    alike[index] = False
    return tuple(np.unique(ranks[alike]).tolist())
