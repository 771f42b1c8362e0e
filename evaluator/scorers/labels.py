"""What the scorers of label maps share: counting per class, and ratios that may be undefined."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluator import compiled
from evaluator.contract import Problem, Rejected
from evaluator.runs import Pixels, Runs

Ratios = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]  # of a sum over images
PerImage = npt.NDArray[np.int32]  # the counts of many images, one after the other


def check_labels(prediction: Pixels, file: str, num_classes: int) -> None:
    """Refuse labels above the last class, on ignored pixels as well; Rejected: label_out_of_range."""
    highest = int(prediction.max())
    if highest > num_classes:
        fix = "Give every pixel one of these labels; there is no label for 'unsure'."
        expected = f"labels from 0 to {num_classes}"
        raise Rejected([Problem("label_out_of_range", file, f"label {highest}", expected, fix)])


def count_labels(prediction: Pixels, truth: Runs, ignored: int | None, labels: int) -> Counts:
    """Count the labels below `labels` where the truth is not `ignored`; the prediction is [height, width].

    Returns int64 [3, labels]: pixels where both agree, pixels of the truth, pixels of the prediction.
    """
    if compiled.kernels is None:
        return _by_numpy(prediction, truth.pixels(), ignored)[:, :labels]
    return compiled.kernels.count_labels(prediction, truth, ignored)[:, :labels]


def _by_numpy(prediction: Pixels, truth: Pixels, ignored: int | None) -> Counts:
    pairs = (truth.astype(np.uint16) << 8) | prediction
    joint = np.bincount(pairs.ravel(), minlength=2**16).reshape(256, 256)
    if ignored is not None:
        joint[ignored] = 0
    return np.stack([joint.diagonal(), joint.sum(axis=1), joint.sum(axis=0)]).astype(np.int64, copy=False)


def ratio(part: Counts | Ratios, whole: Counts) -> Ratios:
    """Divide element by element; NaN where the whole is 0."""
    quotient: Ratios = np.full(part.shape, np.nan)
    np.divide(part, whole, out=quotient, where=whole > 0)
    return quotient


def fraction(part: int, whole: int) -> float | None:
    """Divide; None where the whole is 0."""
    return part / whole if whole else None


def mean_defined(values: Ratios) -> float | None:
    """Average what is defined; None where nothing is."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if defined.size else None


def means_defined(values: Ratios) -> Ratios:
    """Average what is defined in each row; NaN where nothing is."""
    defined = ~np.isnan(values)
    return ratio(np.where(defined, values, 0).sum(axis=1), defined.sum(axis=1))


def per_class(first: int, iou: Ratios, accuracy: Ratios, true: Counts) -> list[dict[str, Any]]:
    """List both values, and the pixels of the truth, for the labels from `first` on; None for NaN."""
    table = zip(iou.tolist(), accuracy.tolist(), true.tolist(), strict=True)
    return [
        {"label": label, "iou": _or_none(one), "accuracy": _or_none(other), "pixels": pixels}
        for label, (one, other, pixels) in enumerate(table, first)
    ]


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
