"""Weakly supervised object localization (LID Track 3): the best IoU over 256 thresholds of a heat map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from PIL import Image

from evaluator.kernels import compiled
from evaluator.png.header import HEAT_MAP, PixelFormat
from evaluator.rle import Pixels, Rle
from evaluator.scorers.labels import Counts, PerImage, Ratios, ratio
from evaluator.scorers.validation import InvalidOption, require_level_or_none, require_whole

LEVELS = 256


@dataclass(frozen=True)
class Localization:
    """The object is where the mask is above foreground_above; pixels equal to ignore_value are not counted.

    IoU(t) = TP / (TP + FP + FN) with "map >= t" as the prediction, over all pixels of the split together;
    the peak is the largest of the 256 values, at the largest threshold that reaches it. A map of another
    size is resized to its mask's (Pillow, bilinear, 8 bit) before any threshold, or rejected. Sources: seed
    paper arXiv 2010.11724, section 2, and the challenge's page for ">=": a perfect 0/255 map peaks at 255.
    """

    foreground_above: int = 128
    ignore_value: int | None = None
    resize: str = "bilinear"

    NAME: ClassVar[str] = "localization"
    VERSION: ClassVar[str] = "1.0"
    FORMAT: ClassVar[PixelFormat] = HEAT_MAP
    SCORED: ClassVar[str] = "foreground"
    SPARSE: ClassVar[bool] = False

    def __post_init__(self) -> None:
        require_whole("foreground_above", self.foreground_above, 0, 254)
        require_level_or_none("ignore_value", self.ignore_value)
        if self.resize not in ("bilinear", "reject"):
            raise InvalidOption(f"resize must be bilinear or reject, not {self.resize!r}")

    @property
    def shape(self) -> tuple[int, int]:
        """See count."""
        return 2, LEVELS

    @property
    def resizes(self) -> bool:
        """Whether maps of other sizes are accepted."""
        return self.resize == "bilinear"

    def validate_prediction(self, prediction: Pixels, file: str) -> None:
        """Accept any grey level."""

    def validate_target(self, target: Pixels) -> None:
        """Accept any grey level."""

    def count(self, prediction: Pixels, target: Rle) -> npt.NDArray[np.int64]:
        """Return int64 [2, 256]: the histograms of grey levels over object pixels and over the rest."""
        if prediction.shape != target.shape:
            height, width = target.shape
            resized = Image.fromarray(prediction).resize((width, height), Image.Resampling.BILINEAR)
            prediction = np.asarray(resized)
        if compiled.kernels is None:
            return self._by_numpy(prediction, target.decode())
        return compiled.kernels.count_levels(prediction, target, self._kinds(np.arange(LEVELS, dtype=np.uint8)))

    def _by_numpy(self, prediction: Pixels, target: Pixels) -> npt.NDArray[np.int64]:
        indices = self._kinds(target).astype(np.uint16) * LEVELS + prediction
        levels = np.bincount(indices.ravel(), minlength=3 * LEVELS)
        return levels.astype(np.int64, copy=False)[: 2 * LEVELS].reshape(2, LEVELS)

    def _kinds(self, target: Pixels) -> Pixels:
        """Return 0 for object pixels, 1 for the rest, 2 for ignored ones."""
        kinds = (target <= self.foreground_above).view(np.uint8)
        if self.ignore_value is not None:
            kinds[target == self.ignore_value] = 2
        return kinds

    def compute(self, counts: npt.NDArray[np.int64]) -> dict[str, Any]:
        """Compute the scores; iou_curve[t] is the IoU at threshold t. Needs one object pixel."""
        inside, outside = counts[:, ::-1].cumsum(axis=1)[:, ::-1]  # pixels at or above each threshold
        iou = inside / (counts[0].sum() + outside)
        peak = LEVELS - 1 - int(iou[::-1].argmax())  # a tie goes to the largest threshold
        return {"peak_iou": float(iou[peak]), "peak_threshold": peak, "iou_curve": iou.tolist()}

    def compute_batch(self, sums: Counts) -> dict[str, Ratios]:
        """Compute the scores of many sums, each at its own peak; NaN for one without an object pixel."""
        inside, outside = sums[:, :, ::-1].cumsum(axis=2)[:, :, ::-1].swapaxes(0, 1)
        objects = sums[:, :1].sum(axis=2)
        iou = ratio(inside, np.where(objects > 0, objects + outside, 0))
        peak = LEVELS - 1.0 - iou[:, ::-1].argmax(axis=1)  # a tie goes to the largest threshold
        peak[objects[:, 0] == 0] = np.nan
        return {"peak_iou": iou.max(axis=1), "peak_threshold": peak, "iou_curve": iou}

    def target_counts(self, counts: PerImage) -> PerImage:
        """Return the pixels of objects and of the rest."""
        pixels: PerImage = counts.sum(axis=2, dtype=np.int32)
        return pixels
