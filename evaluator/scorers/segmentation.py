"""Weakly supervised semantic segmentation (LID Track 1): mean IoU over the classes that occur."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evaluator.contract import Help, Metric, class_band
from evaluator.scorers.label_maps import SUBMISSION, LabelMapScorer
from evaluator.scorers.ratios import Counts, Ratios, means_defined, ratio
from evaluator.scorers.validation import InvalidOption, require_level_or_none

MEAN_IOU = Metric("mean_iou", "Mean IoU")
MEAN_ACCURACY = Metric("mean_accuracy", "Mean Accuracy")
PIXEL_ACCURACY = Metric("pixel_accuracy", "Pixel Accuracy")
WITH_BACKGROUND = Metric("mean_iou_with_background", "Mean IoU with background", on_board=False)
IOU, ACCURACY = Metric("iou", "IoU"), Metric("accuracy", "Accuracy")

SCORING = """\
Over all pixels of all images whose ground truth is not `ignore_label` (255), with the true positives TP, false
positives FP and false negatives FN of class c:

- IoU(c) = TP(c) / (TP(c) + FP(c) + FN(c))
- **Mean IoU** (ranks) = mean of IoU(c) over the classes, background left out. A class that occurs neither in
  ground truth nor in predictions is left out; one that is only predicted counts as 0.
- **Mean Accuracy** = mean of TP(c) / (TP(c) + FN(c)) over the classes in the ground truth, background left out.
- **Pixel Accuracy** = share of pixels that are right, background included.

Mean IoU with background counts the background as one class more; it does not rank. With the option
`background_in_mean` both other means count it too. A label that is ignored is no class: it counts in no mean, also
where it lies between the labels of the classes.
"""


@dataclass(frozen=True)
class Segmentation(LabelMapScorer):
    """Labels 0 background, 1 to num_classes; ignore_label is no class, and pixels of that target are not counted.

    IoU = TP / (TP + FP + FN) per class, summed over the split. A class in neither target nor prediction is
    left out of the mean; one that is only predicted counts as 0. Background enters the means only with
    background_in_mean, and pixel accuracy always. Source: seed paper arXiv 2010.11724, section 2, which
    averages over 200 categories; the treatment of absent classes is that of its participants' code.
    """

    num_classes: int = 200
    ignore_label: int | None = 255
    background_in_mean: bool = False

    NAME: ClassVar[str] = "segmentation"
    VERSION: ClassVar[str] = "1.1"
    TITLE: ClassVar[str] = "Semantic segmentation"
    METRICS: ClassVar[tuple[Metric, ...]] = (MEAN_IOU, MEAN_ACCURACY, PIXEL_ACCURACY, WITH_BACKGROUND)
    CLASS_METRICS: ClassVar[tuple[Metric, ...]] = (IOU, ACCURACY)
    HELP: ClassVar[Help] = Help(
        SUBMISSION, SCORING, ("ILSVRC2012_test_00000001.png", "ILSVRC2012_test_00000002.png")
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        require_level_or_none("ignore_label", self.ignore_label)
        if type(self.background_in_mean) is not bool:
            raise InvalidOption(f"background_in_mean must be true or false, not {self.background_in_mean!r}")

    @property
    def ignored(self) -> int | None:
        """See LabelMapScorer."""
        return self.ignore_label

    def compute_batch(self, sums: Counts) -> dict[str, Ratios]:
        """See Scorer. The means of a sum leave out the classes that are absent from it."""
        true_positives, target, prediction = self.of_classes(sums).swapaxes(0, 1)
        iou = ratio(true_positives, target + prediction - true_positives)
        accuracy = ratio(true_positives, target)
        first = 0 if self.background_in_mean else self.labels.count(0)
        return {
            "mean_iou": means_defined(iou[:, first:]),
            "mean_accuracy": means_defined(accuracy[:, first:]),
            "pixel_accuracy": ratio(true_positives.sum(axis=1), target.sum(axis=1)),
            "mean_iou_with_background": means_defined(iou),
            class_band(IOU): iou,
            class_band(ACCURACY): accuracy,
        }
