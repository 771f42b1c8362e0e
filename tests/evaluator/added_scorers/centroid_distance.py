"""Object localization by distance: from the centroid of a heat map to the centroid of its object, in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from evaluator.contract import Help, Metric
from evaluator.png.header import HEAT_MAP, PixelFormat
from evaluator.rle import Pixels, Rle
from evaluator.scorers.ratios import Counts, PerImage, Ratios, ratio
from evaluator.scorers.scorer import Scorer
from evaluator.scorers.validation import require_whole

PER_PIXEL = 1000  # distances are counted in thousandths of a pixel, so that they add up as whole numbers

SUBMISSION = """\
8-bit grey, no palette: the higher a pixel, the surer it shows the object. Width and height are the image’s.
"""

SCORING = """\
The centroid of a map is the mean position of its pixels, weighted by grey level; of a map of zeros, its centre.

- **Mean Distance** (ranks, lower is better) = mean distance in pixels between the centroids of map and object,
  over the images with an object.
- **Hits** = share of these images whose map has its centroid, rounded to a pixel, on the object.
"""


@dataclass(frozen=True)
class CentroidDistance(Scorer):
    """The object is where the mask is above foreground_above; images without one are not counted."""

    foreground_above: int = 128

    NAME: ClassVar[str] = "centroid-distance"
    VERSION: ClassVar[str] = "1.0"
    TITLE: ClassVar[str] = "Object localization by distance"
    METRICS: ClassVar[tuple[Metric, ...]] = (
        Metric("mean_distance", "Mean Distance", unit="px", decimals=1, higher_is_better=False),
        Metric("hits", "Hits"),
    )
    HELP: ClassVar[Help] = Help(SUBMISSION, SCORING, ("bird_0001.png", "bird_0002.png"))
    FORMAT: ClassVar[PixelFormat] = HEAT_MAP
    SCORED: ClassVar[str] = "foreground"

    def __post_init__(self) -> None:
        require_whole("foreground_above", self.foreground_above, 0, 254)

    @property
    def shape(self) -> tuple[int, int]:
        """See count."""
        return 4, 1

    def count(self, prediction: Pixels, target: Rle) -> Counts:
        """Return int64 [4, 1]: object pixels, images with an object, distance in 1/1000 px, hits."""
        mask = target.decode() > self.foreground_above
        if not mask.any():
            return np.zeros(self.shape, np.int64)
        there, here = _centroid(mask.astype(np.float64)), _centroid(prediction.astype(np.float64))
        row, column = np.round(here).astype(int)
        distance = round(float(np.hypot(*(here - there))) * PER_PIXEL)
        return np.array([[mask.sum()], [1], [distance], [mask[row, column]]], np.int64)

    def compute_batch(self, sums: Counts) -> dict[str, Ratios]:
        """See Scorer."""
        _, images, distance, hits = sums[:, :, 0].T
        return {"mean_distance": ratio(distance, images) / PER_PIXEL, "hits": ratio(hits, images)}

    def target_counts(self, counts: PerImage) -> PerImage:
        """Return the object pixels and whether there is an object."""
        return counts[:, :2]


def _centroid(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return (row, column), the mean position by weight; the centre where all weights are 0."""
    total = weights.sum()
    if not total:
        return (np.array(weights.shape) - 1) / 2
    rows, columns = (np.arange(length) for length in weights.shape)
    return np.array([weights.sum(axis=1) @ rows, weights.sum(axis=0) @ columns]) / total
