"""Scene parsing (LID Track 2, ADE20K): mean IoU over all classes, absent ones counting as 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evaluator.contract import Help, Metric, class_band
from evaluator.scorers.label_maps import SUBMISSION, LabelMapScorer
from evaluator.scorers.ratios import Counts, Ratios, means_defined, ratio

MEAN_IOU = Metric("mean_iou", "Mean IoU")
MEAN_ACCURACY = Metric("mean_accuracy", "Mean Accuracy")
PIXEL_ACCURACY = Metric("pixel_accuracy", "Pixel Accuracy")
IOU, ACCURACY = Metric("iou", "IoU"), Metric("accuracy", "Accuracy")

SCORING = """\
Over all pixels of all images whose ground truth is not 0, with the true positives TP, false positives FP and false
negatives FN of class c:

- IoU(c) = TP(c) / (TP(c) + FP(c) + FN(c)), and 0 for a class that occurs nowhere
- **Mean IoU** (ranks) = sum of IoU(c) over all classes (150), divided by their number, whether or not all occur.
- **Mean Accuracy** = mean of TP(c) / (TP(c) + FN(c)) over the classes in the ground truth.
- **Pixel Accuracy** = share of pixels that are right.
"""


@dataclass(frozen=True)
class SceneParsing(LabelMapScorer):
    """Labels 1 to num_classes; pixels whose target is 0, "other objects", are not counted.

    IoU = TP / (TP + FP + FN) per class, 0 where the class occurs nowhere; the mean divides by num_classes.
    Predicting 0 on a labelled pixel is a miss and no false positive. Mean accuracy averages over the classes
    in the ground truth. Source: CSAILVision/sceneparsing, evaluationCode and README.
    """

    num_classes: int = 150

    NAME: ClassVar[str] = "scene-parsing"
    VERSION: ClassVar[str] = "1.0"
    TITLE: ClassVar[str] = "Scene parsing"
    METRICS: ClassVar[tuple[Metric, ...]] = (MEAN_IOU, MEAN_ACCURACY, PIXEL_ACCURACY)
    CLASS_METRICS: ClassVar[tuple[Metric, ...]] = (IOU, ACCURACY)
    HELP: ClassVar[Help] = Help(SUBMISSION, SCORING, ("ADE_test_00000001.png", "ADE_test_00000002.png"))
    FIRST_LABEL: ClassVar[int] = 1
    ABSENT_COUNT: ClassVar[bool] = True

    @property
    def ignored(self) -> int | None:
        """The label of "other objects"."""
        return 0

    def compute_batch(self, sums: Counts) -> dict[str, Ratios]:
        """See Scorer. A class that is absent from a sum counts as 0 there."""
        true_positives, target, prediction = self.of_classes(sums).swapaxes(0, 1)
        iou = np.nan_to_num(ratio(true_positives, target + prediction - true_positives))
        accuracy = ratio(true_positives, target)
        return {
            "mean_iou": iou.sum(axis=1) / self.num_classes,
            "mean_accuracy": means_defined(accuracy),
            "pixel_accuracy": ratio(true_positives.sum(axis=1), target.sum(axis=1)),
            class_band(IOU): iou,
            class_band(ACCURACY): accuracy,
        }
