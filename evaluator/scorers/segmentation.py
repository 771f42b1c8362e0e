"""Weakly supervised semantic segmentation (LID Track 1): mean IoU over the classes that occur."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from evaluator.png import LABELS, PixelFormat
from evaluator.runs import Pixels, Runs
from evaluator.scorers.labels import (
    Counts,
    PerImage,
    Ratios,
    check_labels,
    count_labels,
    fraction,
    mean_defined,
    means_defined,
    per_class,
    ratio,
)
from evaluator.scorers.options import BadOption, require_level_or_none, require_whole


@dataclass(frozen=True)
class Segmentation:
    """Labels 0 background, 1 to num_classes; pixels whose truth is ignore_label count nowhere.

    IoU = TP / (TP + FP + FN) per class, summed over the split. A class in neither truth nor prediction is
    left out of the mean; one predicted but never true counts as 0. Background enters the means only with
    background_in_mean, and pixel accuracy always. Source: seed paper arXiv 2010.11724, section 2, which
    averages over 200 categories; the treatment of absent classes is that of its participants' code.
    """

    num_classes: int = 200
    ignore_label: int | None = 255
    background_in_mean: bool = False

    NAME: ClassVar[str] = "segmentation"
    VERSION: ClassVar[str] = "1.0"
    FORMAT: ClassVar[PixelFormat] = LABELS
    SCORED: ClassVar[str] = "labelled"
    SPARSE: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require_whole("num_classes", self.num_classes, 1, 255)
        require_level_or_none("ignore_label", self.ignore_label)
        if type(self.background_in_mean) is not bool:
            raise BadOption(f"background_in_mean must be true or false, not {self.background_in_mean!r}")

    @property
    def shape(self) -> tuple[int, int]:
        """See count."""
        return 3, self.num_classes + 1

    @property
    def resizes(self) -> bool:
        """Never: a label has no value between two others."""
        return False

    def check(self, prediction: Pixels, file: str) -> None:
        """Rejected: label_out_of_range, also for ignore_label where it is above the last class."""
        check_labels(prediction, file, self.num_classes)

    def truth_fault(self, truth: Pixels) -> str | None:
        """Find a label that is neither a class nor ignored."""
        labels = np.flatnonzero(np.bincount(truth.ravel()))
        wrong = [label for label in labels if label > self.num_classes and label != self.ignore_label]
        if not wrong:
            return None
        return f"label {wrong[-1]}; labels go from 0 to {self.num_classes}, ignored is {self.ignore_label}"

    def count(self, prediction: Pixels, truth: Runs) -> Counts:
        """Return int64 [3, num_classes + 1]: agreeing, true and predicted pixels of each label."""
        return count_labels(prediction, truth, self.ignore_label, self.num_classes + 1)

    def summarise(self, counts: Counts) -> dict[str, Any]:
        """Summarise the sum of counts; per_class includes label 0, the background."""
        agreeing, true, predicted = counts
        iou = ratio(agreeing, true + predicted - agreeing)
        accuracy = ratio(agreeing, true)
        first = 0 if self.background_in_mean else 1
        return {
            "mean_iou": mean_defined(iou[first:]),
            "mean_accuracy": mean_defined(accuracy[first:]),
            "pixel_accuracy": fraction(int(agreeing.sum()), int(true.sum())),
            "mean_iou_with_background": mean_defined(iou),
            "per_class": per_class(0, iou, accuracy, true),
        }

    def measure(self, sums: Counts) -> dict[str, Ratios]:
        """Measure many sums; a class that is absent from one of them is left out of that one's means."""
        agreeing, true, predicted = sums.swapaxes(0, 1)
        iou = ratio(agreeing, true + predicted - agreeing)
        accuracy = ratio(agreeing, true)
        first = 0 if self.background_in_mean else 1
        return {
            "mean_iou": means_defined(iou[:, first:]),
            "mean_accuracy": means_defined(accuracy[:, first:]),
            "pixel_accuracy": ratio(agreeing.sum(axis=1), true.sum(axis=1)),
            "mean_iou_with_background": means_defined(iou),
            "per_class_iou": iou,
        }

    def truth_of(self, counts: PerImage) -> PerImage:
        """Return the true pixels of each label."""
        return counts[:, 1]
