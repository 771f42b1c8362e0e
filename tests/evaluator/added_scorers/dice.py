"""Segmentation by Dice: the mean Dice coefficient over the classes that occur, background left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evaluator.contract import Help, Metric, class_band
from evaluator.scorers.label_maps import SUBMISSION, LabelMapScorer
from evaluator.scorers.ratios import Counts, Ratios, means_defined, ratio

DICE = Metric("dice", "Dice")

SCORING = """\
Over all pixels of all images, with the true positives TP, false positives FP and false negatives FN of class c:

- Dice(c) = 2 TP(c) / (2 TP(c) + FP(c) + FN(c))
- **Mean Dice** (ranks) = mean of Dice(c) over the classes that occur, background left out.
"""


@dataclass(frozen=True)
class Dice(LabelMapScorer):
    """Labels 0 background, 1 to num_classes; all pixels are counted."""

    num_classes: int = 20

    NAME: ClassVar[str] = "dice"
    VERSION: ClassVar[str] = "1.0"
    TITLE: ClassVar[str] = "Segmentation by Dice"
    METRICS: ClassVar[tuple[Metric, ...]] = (Metric("mean_dice", "Mean Dice"),)
    CLASS_METRICS: ClassVar[tuple[Metric, ...]] = (DICE,)
    HELP: ClassVar[Help] = Help(SUBMISSION, SCORING, ("cell_0001.png", "cell_0002.png"))

    def compute_batch(self, sums: Counts) -> dict[str, Ratios]:
        """See Scorer. The mean of a sum leaves out the classes that are absent from it."""
        true_positives, target, prediction = sums.swapaxes(0, 1)
        dice = ratio(2 * true_positives, target + prediction)
        return {"mean_dice": means_defined(dice[:, 1:]), class_band(DICE): dice}
