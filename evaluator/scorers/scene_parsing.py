"""Scene parsing (LID Track 2, ADE20K): mean IoU over all classes, absent ones counting as 0."""

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
from evaluator.scorers.validation import InvalidTarget, require_whole

OTHER = 0  # the label of pixels that are not evaluated


@dataclass(frozen=True)
class SceneParsing:
    """Labels 1 to num_classes; pixels whose target is 0, "other objects", are not counted.

    IoU = TP / (TP + FP + FN) per class, 0 where the class occurs nowhere; the mean divides by num_classes.
    Predicting 0 on a labelled pixel is a miss and no false positive. Mean accuracy averages over the classes
    in the ground truth. Source: CSAILVision/sceneparsing, evaluationCode and README.
    """

    num_classes: int = 150

    NAME: ClassVar[str] = "scene-parsing"
    VERSION: ClassVar[str] = "1.0"
    FORMAT: ClassVar[PixelFormat] = LABELS
    SCORED: ClassVar[str] = "labelled"
    SPARSE: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require_whole("num_classes", self.num_classes, 1, 255)

    @property
    def shape(self) -> tuple[int, int]:
        """See count."""
        return 3, self.num_classes + 1

    @property
    def resizes(self) -> bool:
        """False: labels cannot be interpolated."""
        return False

    def validate_prediction(self, prediction: Pixels, file: str) -> None:
        """Raises Rejected (label_out_of_range), also where the target is 0."""
        check_labels(prediction, file, self.num_classes)

    def validate_target(self, target: Pixels) -> None:
        """Raises InvalidTarget for a label above the last class."""
        highest = int(target.max())
        if highest > self.num_classes:
            raise InvalidTarget(f"label {highest}; labels go from 0 to {self.num_classes}")

    def count(self, prediction: Pixels, target: Rle) -> Counts:
        """Return int64 [3, num_classes + 1]: true positives, target and prediction pixels of each label."""
        return count_labels(prediction, target, OTHER, self.num_classes + 1)

    def compute(self, counts: Counts) -> dict[str, Any]:
        """Compute the scores of a sum of counts; per_class starts at label 1."""
        true_positives, target, prediction = counts[:, 1:]
        iou = np.nan_to_num(ratio(true_positives, target + prediction - true_positives))
        accuracy = ratio(true_positives, target)
        return {
            "mean_iou": float(iou.sum()) / self.num_classes,
            "mean_accuracy": mean_defined(accuracy),
            "pixel_accuracy": fraction(int(true_positives.sum()), int(target.sum())),
            "per_class": per_class(1, iou, accuracy, target),
        }

    def compute_batch(self, sums: Counts) -> dict[str, Ratios]:
        """Compute the scores of many sums; a class that is absent from one of them counts as 0 there."""
        true_positives, target, prediction = sums[:, :, 1:].swapaxes(0, 1)
        iou = np.nan_to_num(ratio(true_positives, target + prediction - true_positives))
        return {
            "mean_iou": iou.sum(axis=1) / self.num_classes,
            "mean_accuracy": means_defined(ratio(true_positives, target)),
            "pixel_accuracy": ratio(true_positives.sum(axis=1), target.sum(axis=1)),
            "per_class_iou": iou,
        }

    def target_counts(self, counts: PerImage) -> PerImage:
        """Return the target pixels of each label."""
        return counts[:, 1]
