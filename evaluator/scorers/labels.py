"""Counting of label maps per class, and ratios that may be undefined."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluator.contract import Rejected, ValidationIssue
from evaluator.kernels import compiled
from evaluator.rle import Pixels, Rle

Ratios = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]  # of a sum over images
PerImage = npt.NDArray[np.int32]  # the counts of many images, one after the other


def check_labels(prediction: Pixels, file: str, num_classes: int) -> None:
    """Raises Rejected (label_out_of_range) for a label above the last class, on ignored pixels as well."""
    highest = int(prediction.max())
    if highest > num_classes:
        fix = "Give every pixel one of these labels; there is no label for 'unsure'."
        expected = f"labels from 0 to {num_classes}"
        raise Rejected([ValidationIssue("label_out_of_range", file, f"label {highest}", expected, fix)])


def count_labels(prediction: Pixels, target: Rle, ignored: int | None, labels: int) -> Counts:
    """Count the labels below `labels` where the target is not `ignored`; the prediction is [height, width].

    Returns int64 [3, labels]: true positives, target pixels, prediction pixels.
    """
    if compiled.kernels is None:
        return _by_numpy(prediction, target.decode(), ignored)[:, :labels]
    return compiled.kernels.count_labels(prediction, target, ignored)[:, :labels]


def _by_numpy(prediction: Pixels, target: Pixels, ignored: int | None) -> Counts:
    pairs = (target.astype(np.uint16) << 8) | prediction
    joint = np.bincount(pairs.ravel(), minlength=2**16).reshape(256, 256)
    if ignored is not None:
        joint[ignored] = 0
    return np.stack([joint.diagonal(), joint.sum(axis=1), joint.sum(axis=0)]).astype(np.int64, copy=False)


def ratio(part: Counts | Ratios, whole: Counts) -> Ratios:
    """Divide elementwise; NaN where the whole is 0."""
    quotient: Ratios = np.full(part.shape, np.nan)
    np.divide(part, whole, out=quotient, where=whole > 0)
    return quotient


def fraction(part: int, whole: int) -> float | None:
    """Divide; None where the whole is 0."""
    return part / whole if whole else None


def mean_defined(values: Ratios) -> float | None:
    """Return the mean of the defined values; None where there is none."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if defined.size else None


def means_defined(values: Ratios) -> Ratios:
    """Return the mean of the defined values of each row; NaN where there is none."""
    defined = ~np.isnan(values)
    return ratio(np.where(defined, values, 0).sum(axis=1), defined.sum(axis=1))


def per_class(first: int, iou: Ratios, accuracy: Ratios, target: Counts) -> list[dict[str, Any]]:
    """List both values, and the target pixels, of the labels from `first` on; None for NaN."""
    table = zip(iou.tolist(), accuracy.tolist(), target.tolist(), strict=True)
    return [
        {"label": label, "iou": _or_none(one), "accuracy": _or_none(other), "pixels": pixels}
        for label, (one, other, pixels) in enumerate(table, first)
    ]


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
