"""Pairs of submissions: the differences of their headlines and of their classes, with confidence intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from evaluator.scorers.ratios import Ratios, or_none
from evaluator.uncertainty.inputs import Entry
from evaluator.uncertainty.jackknife import Jackknife, SparseDeviations, covariance, difference_errors
from evaluator.uncertainty.results import Pair, Submission
from evaluator.uncertainty.significance import NORMAL, Significance

PAIRS_AMONG = 50  # best teams, of which every pair is reported
MOST_DEVIATIONS = 10_000_000  # of classes, kept at a time: 160 MB
DIGITS = 6  # of the margins of classes

Margins = list[float | None]


@dataclass(frozen=True)
class Compared:
    """A submission with what its comparisons need of it."""

    entry: Entry
    submission: Submission
    headline: float
    jackknife: Jackknife

    @property
    def kept(self) -> int:
        """The number of deviations of classes that it keeps in memory."""
        return 0 if self.jackknife.classes is None else len(self.jackknife.classes)

    def without_classes(self) -> Compared:
        """Return it without the deviations of its classes."""
        return replace(self, jackknife=replace(self.jackknife, classes=None))


def pairs_of(compared: Sequence[Compared], significance: Significance) -> tuple[Pair, ...]:
    """Compare every two of the PAIRS_AMONG best; `significance` is of all of them, in the same order."""
    among = compared[:PAIRS_AMONG]
    margins = _class_margins([one for one in among if one.kept])
    return tuple(
        _pair(among, one, other, significance, margins.get((among[one].entry.name, among[other].entry.name)))
        for one, other in combinations(range(len(among)), 2)
    )


def _pair(
    compared: Sequence[Compared], one: int, other: int, significance: Significance, margins: Margins | None
) -> Pair:
    difference = compared[one].headline - compared[other].headline
    margin = significance.margin(one, other)
    return Pair(
        team=compared[one].entry.name,
        other=compared[other].entry.name,
        difference=difference,
        low=or_none(difference - margin),
        high=or_none(difference + margin),
        significantly_different=bool(significance.distinct[one, other]),
        class_margins=None if significance.withheld else margins,
    )


def _class_margins(compared: Sequence[Compared]) -> dict[tuple[str, str], Margins]:
    """Return, by the names of two, half the widths of the pointwise intervals of the differences of each class."""
    classes = [one.jackknife.classes for one in compared if one.jackknife.classes is not None]
    if len(classes) < 2:
        return {}
    images, numbers = classes[0].shape
    errors = np.stack([_errors_in_one(classes, number, images) for number in range(numbers)], axis=-1)
    margins = np.round(NORMAL * errors, DIGITS)
    return {
        (compared[one].entry.name, compared[other].entry.name): [*map(or_none, margins[one, other].tolist())]
        for one, other in combinations(range(len(compared)), 2)
    }


def _errors_in_one(classes: Sequence[SparseDeviations], number: int, images: int) -> Ratios:
    """Return the standard errors of the differences of every two submissions in one class."""
    changed = [one.of(number) for one in classes]
    columns = np.unique(np.concatenate([where for where, _ in changed]))
    deviations = np.zeros((len(classes), len(columns)))
    for row, (where, values) in zip(deviations, changed, strict=True):
        row[np.searchsorted(columns, where)] = values
    return difference_errors(covariance(deviations, images))
