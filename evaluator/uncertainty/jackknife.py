"""The delete-one jackknife: how each number of a submission changes when one image is left out.

With n images, counts c_i and their total C, the delete-one values of a number s are s(C - c_i). Their deviations
from s(C) give its standard error, and those of two submissions the standard error of their difference.
Source: Efron, The Jackknife, the Bootstrap and Other Resampling Plans (1982), chapter 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluator.contract import class_band
from evaluator.scorers import Scorer
from evaluator.scorers.ratios import Counts, Ratios

SAME = 1e-10  # of the variances of two numbers: a difference that varies less comes of equal counts
BLOCK = 128  # images at a time: their values stay in the processor's cache


Touched = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Ratios]  # numbers, images, deviations


@dataclass(frozen=True)
class SparseDeviations:
    """The deviations [images, numbers] of many numbers, most of them 0: `values` sorted by number, then image."""

    shape: tuple[int, int]
    numbers: npt.NDArray[np.int32]
    images: npt.NDArray[np.int32]
    values: Ratios

    def __len__(self) -> int:
        return len(self.values)

    def of(self, number: int) -> tuple[npt.NDArray[np.int32], Ratios]:
        """Return the images that change a number, and its deviations there."""
        start, stop = np.searchsorted(self.numbers, (number, number + 1))
        return self.images[start:stop], self.values[start:stop]


@dataclass(frozen=True)
class Jackknife:
    """The delete-one jackknife of one submission.

    `exact` are the numbers of all images, `deviations` [images] those of the headline. `errors` are the standard
    errors of the metrics, `band_errors` those of each value of a band; NaN where a delete-one value is undefined.
    `classes` are the deviations of the first class metric; None where the scorer has none.
    """

    exact: dict[str, Ratios]
    deviations: Ratios
    errors: dict[str, float]
    band_errors: dict[str, Ratios]
    classes: SparseDeviations | None


def jackknife(scorer: Scorer, counts: npt.NDArray[np.integer]) -> Jackknife:
    """Leave out each image of the counts [images, *shape] in turn; a row may also be the sum over a group."""
    total: Counts = counts.sum(axis=0, dtype=np.int64)
    exact = {key: values[0] for key, values in scorer.compute_batch(total[np.newaxis]).items()}
    singles = {metric.key: np.empty(len(counts)) for metric in scorer.METRICS}
    sums = {key: np.zeros((2, *exact[key].shape)) for key in scorer.bands}  # of deviations, and their squares
    band = class_band(scorer.CLASS_METRICS[0]) if scorer.CLASS_METRICS else None
    touched = []
    for start, values in _delete_one(scorer, total, counts):
        for key, deviations in singles.items():
            deviations[start : start + BLOCK] = values[key] - exact[key]
        for key in sums:
            changes = values[key] - exact[key]
            sums[key] += _sums(changes)
            if key == band:
                touched.append(_touched(start, changes))
    size = len(counts)
    errors = {key: float(_error(_sums(each), size)) for key, each in singles.items()}
    band_errors = {key: _error(each, size) for key, each in sums.items()}
    classes = _joined((size, len(exact[band])), touched) if band else None
    return Jackknife(exact, singles[scorer.METRICS[0].key], errors, band_errors, classes)


def covariance(deviations: Ratios, images: int) -> Ratios:
    """Return the covariance of numbers by their deviations [numbers, …]; those of the `images` left out are 0."""
    sums = deviations.sum(axis=1)
    covariance: Ratios = (images - 1) / images * (deviations @ deviations.T - np.outer(sums, sums) / images)
    return covariance


def difference_errors(covariance: Ratios) -> Ratios:
    """Return the standard errors of the differences of every two numbers; 0 where they come of equal counts."""
    variances = np.diag(covariance)
    both = variances[:, None] + variances
    squares = both - 2 * covariance
    squares[squares <= SAME * both] = 0
    errors: Ratios = np.sqrt(squares)
    return errors


def _delete_one(
    scorer: Scorer, total: Counts, counts: npt.NDArray[np.integer]
) -> Iterator[tuple[int, dict[str, Ratios]]]:
    for start in range(0, len(counts), BLOCK):
        yield start, scorer.compute_batch(total - counts[start : start + BLOCK])


def _sums(deviations: Ratios) -> Ratios:
    """Return [2, …]: the sums over the images of the deviations [images, …] and of their squares."""
    return np.stack([deviations.sum(axis=0), np.einsum("i...,i...->...", deviations, deviations)])


def _error(sums: Ratios, size: int) -> Ratios:
    """Return the standard errors by the `_sums` over so many images; NaN for a single image."""
    if size < 2:
        return np.full_like(sums[0], np.nan)
    error: Ratios = np.sqrt((size - 1) / size * np.maximum(sums[1] - sums[0] ** 2 / size, 0))
    return error


def _touched(start: int, changes: Ratios) -> Touched:
    images, numbers = np.nonzero(changes)  # NaN is not 0
    return numbers, images + start, changes[images, numbers]


def _joined(shape: tuple[int, int], touched: list[Touched]) -> SparseDeviations:
    numbers, images, values = (np.concatenate(parts) for parts in zip(*touched, strict=True))
    order = np.argsort(numbers, kind="stable")
    return SparseDeviations(shape, numbers[order].astype(np.int32), images[order].astype(np.int32), values[order])
