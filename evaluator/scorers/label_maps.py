"""The base of scorers that compare label maps class by class: a subclass adds its formulas and declarations."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from evaluator.contract import PER_CLASS, Rejected, ValidationIssue, class_band
from evaluator.kernels import compiled
from evaluator.png.header import LABELS, PixelFormat
from evaluator.rle import Pixels, Rle
from evaluator.scorers.ratios import Counts, PerImage, Ratios, or_none, ratio
from evaluator.scorers.scorer import Scorer
from evaluator.scorers.validation import InvalidTarget, require_whole

SUBMISSION = """\
8-bit grey or palette; the value (or palette index) of a pixel is its label. Width and height are the image’s.
"""


# Shares of the pixels of a class, and the number of classes, by which wrong numbering is recognised.
ALMOST_NEVER, OFTEN, SEVERAL = 0.05, 0.2, 3
A_FEW = 3  # maps of the sample after which a look that found nothing ends


@dataclass(frozen=True)
class LabelMapScorer(Scorer, ABC):
    """Labels from 0 to num_classes. The counts are true positives, target and prediction pixels of each label."""

    num_classes: int

    FORMAT: ClassVar[PixelFormat] = LABELS
    SCORED: ClassVar[str] = "labelled"
    SPARSE: ClassVar[bool] = True
    FIRST_LABEL: ClassVar[int] = 0  # of the list of classes
    BACKGROUND: ClassVar[int | None] = 0

    def __post_init__(self) -> None:
        require_whole("num_classes", self.num_classes, 1, 255)

    @property
    def shape(self) -> tuple[int, int]:
        """See count."""
        return 3, self.label_count

    @property
    def label_count(self) -> int:
        """See Scorer."""
        return self.num_classes + 1

    @property
    def ignored(self) -> int | None:
        """The label of the ground truth whose pixels are not counted; None where all are."""
        return None

    def validate_prediction(self, prediction: Pixels, file: str) -> None:
        """Raises Rejected (label_out_of_range) for a label above the last class, on ignored pixels as well."""
        highest = int(prediction.max())
        if highest > self.num_classes:
            fix = "Give every pixel one of these labels; there is no label for 'unsure'."
            expected = f"labels from 0 to {self.num_classes}"
            raise Rejected([ValidationIssue("label_out_of_range", file, f"label {highest}", expected, fix)])

    def validate_target(self, target: Pixels) -> None:
        """Raises InvalidTarget for a label that is neither a class nor ignored."""
        labels = np.flatnonzero(np.bincount(target.ravel()))
        wrong = [label for label in labels if label > self.num_classes and label != self.ignored]
        if wrong:
            ignored = "" if self.ignored is None else f", ignored is {self.ignored}"
            raise InvalidTarget(f"labels go from 0 to {self.num_classes}{ignored}", f"label {wrong[-1]}")

    def count(self, prediction: Pixels, target: Rle) -> Counts:
        """Return int64 [3, num_classes + 1]: true positives, target and prediction pixels of each label.

        A true positive of a label is a pixel that has it in the target and in the prediction.
        """
        return count_labels(prediction, target, self.ignored, self.label_count)

    def mistakes(self, counts: Counts, sample: Iterable[tuple[Pixels, Rle]]) -> Iterator[str]:
        """Yield a warning where all labels are one too low or too high.

        Certain since hardly a pixel of a class has its label, and many pixels of several classes have the one
        beside it: neither a poor network nor a constant map does that.
        """
        if _mean(_recall(counts)) > ALMOST_NEVER:
            return
        too_low, too_high = np.zeros_like(counts), np.zeros_like(counts)
        for number, (prediction, target) in enumerate(sample, 1):
            too_low += self.count(prediction + np.uint8(1), target)
            too_high += self.count(prediction - np.uint8(1), target)
            if number == A_FEW and max(_mean(_recall(too_low)), _mean(_recall(too_high))) <= ALMOST_NEVER:
                return  # another mistake, or noise: the others need not be read again
        for words, moved in (("low: add 1 to", too_low), ("high: subtract 1 from", too_high)):
            recall = _recall(moved)
            if _mean(recall) > OFTEN and np.count_nonzero(recall > OFTEN) >= SEVERAL:
                yield f"All labels seem to be one too {words} each, and far more pixels will be right."

    def scored_pixels(self, counts: Counts) -> int:
        """Return the pixels of classes."""
        return int(counts[1].take(self._foreground).sum())

    def unused_classes(self, counts: Counts) -> list[int]:
        """See Scorer."""
        return [label for label in self._foreground if not counts[1, label]]

    def images_of_classes(self, counts: PerImage) -> dict[int, int]:
        """See Scorer."""
        images = np.count_nonzero(counts[:, 1], axis=0)
        return {label: int(images[label]) for label in self._foreground}

    def target_labels(self, counts: Counts) -> dict[int, int]:
        """See Scorer."""
        return dict(zip(self.labels, self.of_classes(counts)[1].tolist(), strict=True))

    def target_counts(self, counts: PerImage) -> PerImage:
        """Return the target pixels of each label."""
        return counts[:, 1]

    def compute(self, counts: Counts) -> dict[str, Any]:
        """Add a list of the classes: label, each of CLASS_METRICS, and target pixels."""
        batch = self.compute_batch(counts[np.newaxis])
        columns = [batch[class_band(metric)][0].tolist() for metric in self.CLASS_METRICS]
        keys = [metric.key for metric in self.CLASS_METRICS]
        pixels = self.of_classes(counts)[1].tolist()
        rows = [
            {"label": label, **dict(zip(keys, map(or_none, values), strict=True)), "pixels": pixels[index]}
            for index, (label, *values) in enumerate(zip(self.labels, *columns, strict=True))
        ]
        return super().compute(counts) | {PER_CLASS: rows}

    @property
    def labels(self) -> list[int]:
        """The labels of the list of classes: from FIRST_LABEL on, without the ignored one."""
        return [label for label in range(self.FIRST_LABEL, self.num_classes + 1) if label != self.ignored]

    @property
    def _foreground(self) -> list[int]:
        """The labels without that of the background, which is no class."""
        return [label for label in self.labels if label != self.BACKGROUND]

    def of_classes(self, counts: Counts) -> Counts:
        """Return the columns of `labels` of any counts [..., num_classes + 1]."""
        return counts.take(self.labels, axis=-1)


def _recall(counts: Counts) -> Ratios:
    """Return the share of its pixels that each class of the target has right, without label 0."""
    true_positives, target, _ = counts[:, 1:]
    recall: Ratios = ratio(true_positives, target)[target > 0]
    return recall


def _mean(recall: Ratios) -> float:
    return float(recall.mean()) if recall.size else 0.0


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
