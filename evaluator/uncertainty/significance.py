"""Which teams are significantly better than which: one relation, from which every statement on ranks follows.

Source: Mogstad, Romano, Shaikh and Wilhelm, Inference for Ranks, Review of Economic Studies 91 (2024), with one
max-t critical value for all pairs of a board.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from evaluator.contract import CONFIDENCE_PERCENT, Metric
from evaluator.scorers.ratios import Ratios
from evaluator.uncertainty.jackknife import covariance, difference_errors

DRAWS, SEED = 10_000, 2020  # of the normal distribution behind a critical value
LEVEL = CONFIDENCE_PERCENT / 100
NORMAL = NormalDist().inv_cdf((1 + LEVEL) / 2)  # standard errors on each side of one number: 1.96

Truths = npt.NDArray[np.bool_]
Ranks = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Significance:
    """The teams of a board: their headlines `scores` [teams], and `deviations` [teams, images] of the jackknife.

    With `withheld`, no two are called different. `each_by_itself`: every pair is tested alone, as two submissions
    of one team are.
    """

    metric: Metric
    scores: Ratios
    deviations: Ratios
    withheld: bool = False
    each_by_itself: bool = False

    @cached_property
    def critical_value(self) -> float:
        """How many standard errors all differences of the board keep within at once, on 95 % of test sets."""
        return NORMAL if self.each_by_itself else self._critical_values[0]

    @cached_property
    def better(self) -> Truths:
        """Whether team [row] is significantly better than team [column]."""
        better: Truths = self._ahead > self.critical_value * self.errors
        return better

    @property
    def distinct(self) -> Truths:
        """Whether two teams are significantly different: the same both ways."""
        return self.better | self.better.T

    @cached_property
    def may_be_best(self) -> Truths:
        """The teams [teams] that none of their rivals rules out as the best, tested for first place alone."""
        ruled_out = self._ahead > self._critical_values[1] * self.errors
        best: Truths = np.all(~ruled_out, axis=0)
        return best

    @cached_property
    def errors(self) -> Ratios:
        """The standard errors of the differences: [teams, teams]; 0 for equal counts, NaN where undefined."""
        return difference_errors(self._covariance)

    def margin(self, one: int, other: int) -> float:
        """Return half the width of the interval of a difference; NaN where withheld."""
        return np.nan if self.withheld else self.critical_value * float(self.errors[one, other])

    def ranks(self) -> Ranks:
        """Return the rank of each team by its printed headline; equal ones share the better rank."""
        shown = self._shown
        return 1 + _count(shown[:, None] > shown, axis=0)

    def rank_lows(self) -> Ranks:
        """Return the best rank that a team may have: below the teams that are significantly better."""
        return 1 + _count(self.better, axis=0)

    def rank_highs(self) -> Ranks:
        """Return the worst rank that a team may have: above the teams that are significantly worse."""
        return len(self.scores) - _count(self.better, axis=1)

    @cached_property
    def _shown(self) -> Ratios:
        """The printed headlines, negated where lower is better."""
        return np.array([-self.metric.sort_key(score) for score in self.scores.tolist()])

    @cached_property
    def _ahead(self) -> Ratios:
        """By how much team [row] is better than team [column]; NaN where nothing can be said of the two."""
        ahead = self.metric.sign * (self.scores[:, None] - self.scores)
        told = (self._shown[:, None] > self._shown) & (self.errors > 0) & (not self.withheld)
        return np.where(told, ahead, np.nan)

    @cached_property
    def _covariance(self) -> Ratios:
        """Of the headlines: [teams, teams]; NaN for a single image, which cannot vary."""
        images = self.deviations.shape[1]
        return covariance(self.deviations if images > 1 else self.deviations * np.nan, images)

    @cached_property
    def _critical_values(self) -> tuple[float, Ratios]:
        """The critical value of all pairs, and [teams] that of the pairs of each team alone.

        It is the 95 % quantile of the largest |g_a - g_b| / error(a, b), where g ~ N(0, covariance). Never below
        that of a single pair.
        """
        teams = len(self.scores)
        with np.errstate(divide="ignore"):
            scales = np.where(self.errors > 0, 1 / self.errors, 0)  # undefined errors count for nothing
        drawn = (_square_root(np.nan_to_num(self._covariance)) @ _normal(teams)).astype(np.float32)  # to save time
        largest = np.zeros((teams, DRAWS), np.float32)
        for team in range(teams - 1):
            ratios = drawn[team + 1 :] - drawn[team]
            np.abs(ratios, out=ratios)
            ratios *= scales[team, team + 1 :, None].astype(np.float32)
            np.maximum(largest[team], ratios.max(axis=0), out=largest[team])
            np.maximum(largest[team + 1 :], ratios, out=largest[team + 1 :])
        overall = largest.max(axis=0, initial=0)
        pairs = np.count_nonzero(scales, axis=1)
        own = np.where(pairs > 1, np.maximum(_quantile(largest), NORMAL), NORMAL)
        return max(float(_quantile(overall)), NORMAL) if pairs.sum() > 2 else NORMAL, own


def _count(truths: Truths, axis: int) -> Ranks:
    return np.asarray(np.count_nonzero(truths, axis=axis))


def _normal(rows: int) -> Ratios:
    """Draw [rows, DRAWS] standard normal numbers by Box and Muller, from a stream that numpy guarantees."""
    raw = np.random.PCG64(SEED).random_raw(2 * rows * DRAWS).reshape(2, rows, DRAWS)
    one, two = (raw + 0.5) / 2.0**64
    normal: Ratios = np.sqrt(-2 * np.log(one)) * np.cos(2 * np.pi * two)
    return normal


def _square_root(covariance: Ratios) -> Ratios:
    """Return the symmetric square root, which is unique, also where teams are alike."""
    values, vectors = np.linalg.eigh(covariance)
    root: Ratios = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    return root


def _quantile(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the smallest value that 95 % of the last axis do not exceed."""
    index = int(np.ceil(LEVEL * values.shape[-1])) - 1
    quantile: npt.NDArray[np.float32] = np.partition(values, index, axis=-1)[..., index]
    return quantile
