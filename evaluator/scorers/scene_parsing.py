"""Scene parsing (LID Track 2, ADE20K): mean IoU over all classes, absent ones counting as 0."""

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
from evaluator.scorers.options import require_whole

OTHER = 0  # the label of pixels that are not evaluated


@dataclass(frozen=True)
class SceneParsing:
    """Labels 1 to num_classes; pixels whose truth is 0, "other objects", count nowhere.

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
        """Never: a label has no value between two others."""
        return False

    def check(self, prediction: Pixels, file: str) -> None:
        """Rejected: label_out_of_range, also where the truth is 0."""
        check_labels(prediction, file, self.num_classes)

    def truth_fault(self, truth: Pixels) -> str | None:
        """Find a label above the last class."""
        highest = int(truth.max())
        return f"label {highest}; labels go from 0 to {self.num_classes}" if highest > self.num_classes else None

    def count(self, prediction: Pixels, truth: Runs) -> Counts:
        """Return int64 [3, num_classes + 1]: agreeing, true and predicted pixels of each label."""
        return count_labels(prediction, truth, OTHER, self.num_classes + 1)

    def summarise(self, counts: Counts) -> dict[str, Any]:
        """Summarise the sum of counts; per_class starts at label 1."""
        agreeing, true, predicted = counts[:, 1:]
        iou = np.nan_to_num(ratio(agreeing, true + predicted - agreeing))
        accuracy = ratio(agreeing, true)
        return {
            "mean_iou": float(iou.sum()) / self.num_classes,
            "mean_accuracy": mean_defined(accuracy),
            "pixel_accuracy": fraction(int(agreeing.sum()), int(true.sum())),
            "per_class": per_class(1, iou, accuracy, true),
        }

    def measure(self, sums: Counts) -> dict[str, Ratios]:
        """Measure many sums; a class that is absent from one of them counts as 0 there."""
        agreeing, true, predicted = sums[:, :, 1:].swapaxes(0, 1)
        iou = np.nan_to_num(ratio(agreeing, true + predicted - agreeing))
        return {
            "mean_iou": iou.sum(axis=1) / self.num_classes,
            "mean_accuracy": means_defined(ratio(agreeing, true)),
            "pixel_accuracy": ratio(agreeing.sum(axis=1), true.sum(axis=1)),
            "per_class_iou": iou,
        }

    def truth_of(self, counts: PerImage) -> PerImage:
        """Return the true pixels of each label."""
        return counts[:, 1]
