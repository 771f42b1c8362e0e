"""Weakly supervised semantic segmentation (LID Track 1): mean IoU over the classes that occur."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from evaluator.png.header import LABELS, PixelFormat
from evaluator.rle import Pixels, Rle
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
from evaluator.scorers.validation import InvalidOption, InvalidTarget, require_level_or_none, require_whole


@dataclass(frozen=True)
class Segmentation:
    """Labels 0 background, 1 to num_classes; pixels whose target is ignore_label are not counted.

    IoU = TP / (TP + FP + FN) per class, summed over the split. A class in neither target nor prediction is
    left out of the mean; one that is only predicted counts as 0. Background enters the means only with
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
            raise InvalidOption(f"background_in_mean must be true or false, not {self.background_in_mean!r}")

    @property
    def shape(self) -> tuple[int, int]:
        """See count."""
        return 3, self.num_classes + 1

    @property
    def resizes(self) -> bool:
        """False: labels cannot be interpolated."""
        return False

    def validate_prediction(self, prediction: Pixels, file: str) -> None:
        """Raises Rejected (label_out_of_range), also for ignore_label where it is above the last class."""
        check_labels(prediction, file, self.num_classes)

    def validate_target(self, target: Pixels) -> None:
        """Raises InvalidTarget for a label that is neither a class nor ignored."""
        labels = np.flatnonzero(np.bincount(target.ravel()))
        wrong = [label for label in labels if label > self.num_classes and label != self.ignore_label]
        if wrong:
            labels_taken = f"labels go from 0 to {self.num_classes}, ignored is {self.ignore_label}"
            raise InvalidTarget(f"label {wrong[-1]}; {labels_taken}")

    def count(self, prediction: Pixels, target: Rle) -> Counts:
        """Return int64 [3, num_classes + 1]: true positives, target and prediction pixels of each label."""
        return count_labels(prediction, target, self.ignore_label, self.num_classes + 1)

    def compute(self, counts: Counts) -> dict[str, Any]:
        """Compute the scores of a sum of counts; per_class includes label 0, the background."""
        true_positives, target, prediction = counts
        iou = ratio(true_positives, target + prediction - true_positives)
        accuracy = ratio(true_positives, target)
        first = 0 if self.background_in_mean else 1
        return {
            "mean_iou": mean_defined(iou[first:]),
            "mean_accuracy": mean_defined(accuracy[first:]),
            "pixel_accuracy": fraction(int(true_positives.sum()), int(target.sum())),
            "mean_iou_with_background": mean_defined(iou),
            "per_class": per_class(0, iou, accuracy, target),
        }

    def compute_batch(self, sums: Counts) -> dict[str, Ratios]:
        """Compute the scores of many sums; the means of a sum leave out the classes absent from it."""
        true_positives, target, prediction = sums.swapaxes(0, 1)
        iou = ratio(true_positives, target + prediction - true_positives)
        accuracy = ratio(true_positives, target)
        first = 0 if self.background_in_mean else 1
        return {
            "mean_iou": means_defined(iou[:, first:]),
            "mean_accuracy": means_defined(accuracy[:, first:]),
            "pixel_accuracy": ratio(true_positives.sum(axis=1), target.sum(axis=1)),
            "mean_iou_with_background": means_defined(iou),
            "per_class_iou": iou,
        }

    def target_counts(self, counts: PerImage) -> PerImage:
        """Return the target pixels of each label."""
        return counts[:, 1]
