"""The base of all scorers: what a scorer declares, what it computes, and what follows from both."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import numpy as np

from evaluator.contract import Curve, Help, Metric, ScorerDescription, class_band
from evaluator.inspection import MapRules
from evaluator.png.header import PixelFormat
from evaluator.rle import Pixels, Rle
from evaluator.scorers.ratios import Counts, PerImage, Ratios, or_none


class Scorer(ABC):
    """A scorer is a frozen dataclass whose fields are its options. Its methods are pure functions.

    Counts of images are added as integers, so neither the order nor the number of processes can change a score.
    """

    NAME: ClassVar[str]
    VERSION: ClassVar[str]  # of the meaning of the numbers; changes when any score would
    TITLE: ClassVar[str]
    METRICS: ClassVar[tuple[Metric, ...]]  # the single numbers, the headline first
    CLASS_METRICS: ClassVar[tuple[Metric, ...]] = ()
    BACKGROUND: ClassVar[int | None] = None  # the label in the list of classes that counts in no mean over them
    CURVE: ClassVar[Curve | None] = None
    HELP: ClassVar[Help]
    FORMAT: ClassVar[PixelFormat]  # of submissions and of ground truth
    SCORED: ClassVar[str]  # an adjective for the pixels without which no score exists
    SPARSE: ClassVar[bool] = False  # whether the counts of one image are mostly 0
    ABSENT_COUNT: ClassVar[bool] = False  # whether the headline counts classes that no target has

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int]:
        """Shape of the counts of any image, or of any number of images."""

    @property
    def resizes(self) -> bool:
        """Whether a map of another size than its image is accepted, and resized in `count`."""
        return False

    @property
    def maps(self) -> MapRules:
        """What the headers of maps may say."""
        return MapRules(self.FORMAT, self.resizes)

    @property
    def label_count(self) -> int:
        """The number of labels that a map may have."""
        return 256

    def validate_prediction(self, prediction: Pixels, file: str) -> None:  # noqa: B027 (it may stay as it is)
        """Raises Rejected for a value that no prediction may have; any is accepted by default."""

    def validate_target(self, target: Pixels) -> None:  # noqa: B027 (it may stay as it is)
        """Raises InvalidTarget for a value that no ground-truth map may have; any is accepted by default."""

    def fitted(self, prediction: Pixels, height: int, width: int) -> Pixels:
        """Return a map in the size of its image, in which it is counted: itself, unless `resizes`."""
        return prediction

    @abstractmethod
    def count(self, prediction: Pixels, target: Rle) -> Counts:
        """Count one image: whole numbers from 0 to 2**31 - 1 in an array of this shape.

        Row 0 of a target counted against itself adds up to its SCORED pixels: see scored_pixels.
        """

    @abstractmethod
    def compute_batch(self, sums: Counts) -> dict[str, Ratios]:
        """Compute the metrics of many sums [sums, *shape] at once, NaN where undefined.

        By key: [sums] for each of METRICS; [sums, values] for CURVE and, as `class_band`, for CLASS_METRICS.
        """

    def mistakes(self, counts: Counts, sample: Iterable[tuple[Pixels, Rle]]) -> Iterator[str]:
        """Yield warnings of mistakes that are certain, by the sum over a split and some maps with their targets.

        The sample is read only where it is asked for. None by default.
        """
        yield from ()

    def scored_pixels(self, counts: Counts) -> int:
        """Return the SCORED pixels of targets counted against themselves: ground truth without any is refused."""
        return int(counts[0].sum())

    def unused_classes(self, counts: Counts) -> list[int]:
        """Return the labels of classes that no target has, by the counts of all of them."""
        return []

    def images_of_classes(self, counts: PerImage) -> dict[int, int]:
        """Return how many images have each class of a mean, by the counts [images, *shape]; none by default."""
        return {}

    def target_labels(self, counts: Counts) -> dict[int, int]:
        """Return the pixels of each label, by the counts of targets against themselves; empty without labels."""
        return {}

    @abstractmethod
    def target_counts(self, counts: PerImage) -> PerImage:
        """Return the part of per-image counts [images, *shape] that depends on the ground truth alone."""

    def compute(self, counts: Counts) -> dict[str, Any]:
        """Compute the JSON-safe scores of the sum over a split; an undefined value is None."""
        batch = self.compute_batch(counts[np.newaxis])
        scores: dict[str, Any] = {metric.key: _json_safe(metric, batch[metric.key][0]) for metric in self.METRICS}
        if self.CURVE:
            key = self.CURVE.metric.key
            scores[key] = [or_none(value) for value in batch[key][0].tolist()]
        return scores

    @property
    def bands(self) -> dict[str, Metric]:
        """By key of compute_batch, what gets pointwise confidence intervals: the first class metric, the curve."""
        classes = {class_band(metric): metric for metric in self.CLASS_METRICS[:1]}
        return classes | ({self.CURVE.metric.key: self.CURVE.metric} if self.CURVE else {})

    @classmethod
    def describe(cls) -> ScorerDescription:
        """Return the declarations as data, with the default options."""
        default = cls()
        return ScorerDescription(
            cls.NAME,
            cls.VERSION,
            cls.TITLE,
            cls.METRICS,
            cls.HELP,
            cls.CLASS_METRICS,
            cls.BACKGROUND,
            cls.CURVE,
            options=dict(vars(default)),
            resizes=default.resizes,
        )


def _json_safe(metric: Metric, value: float) -> float | int | None:
    number = or_none(value)
    return int(number) if number is not None and metric.decimals == 0 and number.is_integer() else number
