"""Weakly supervised object localization (LID Track 3): the best IoU over 256 thresholds of a heat map."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from PIL import Image

from evaluator.contract import Curve, Help, Metric
from evaluator.kernels import compiled
from evaluator.png.header import HEAT_MAP, PixelFormat
from evaluator.rle import Pixels, Rle
from evaluator.scorers.ratios import Counts, PerImage, Ratios
from evaluator.scorers.scorer import Scorer
from evaluator.scorers.validation import InvalidOption, InvalidTarget, require_level_or_none, require_whole

LEVELS = 256
FAR_BETTER = 0.2  # of IoU
MASK = "save a mask as 0 and 255"

SUBMISSION = """\
8-bit grey, no palette: the higher a pixel, the surer it shows the object. A map of another size is brought to its
image’s size with Pillow’s bilinear filter before it is thresholded, unless the option `resize` is `reject`. A map
whose width and height are exactly its image’s height and width is refused: it was turned by mistake.
"""

SCORING = """\
For each threshold t = 0, 1, …, 255, over all pixels of all images together, a pixel is predicted as object where
the map is t or above. With the true positives TP, false positives FP and false negatives FN:

- IoU(t) = TP(t) / (TP(t) + FP(t) + FN(t)): 256 numbers, the IoU-Threshold curve
- **Peak-IoU** (ranks) = the largest IoU(t).
- **Peak-Threshold** = the threshold where it is reached; of several, the largest.

The ground truth’s object pixels are those with a mask value above `foreground_above` (128). Pixels are pooled over
the split, not averaged per image.
"""


@dataclass(frozen=True)
class Localization(Scorer):
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
    TITLE: ClassVar[str] = "Object localization"
    METRICS: ClassVar[tuple[Metric, ...]] = (
        Metric("peak_iou", "Peak-IoU"),
        Metric("peak_threshold", "Peak-Threshold", unit="", decimals=0, higher_is_better=None, smooth=False),
    )
    CURVE: ClassVar[Curve | None] = Curve(
        Metric("iou_curve", "IoU"), x_title="Threshold", last_x=LEVELS - 1, peak_x="peak_threshold"
    )
    HELP: ClassVar[Help] = Help(
        SUBMISSION, SCORING, ("ILSVRC2012_val_00000002.png", "ILSVRC2012_val_00000003.png")
    )
    FORMAT: ClassVar[PixelFormat] = HEAT_MAP
    SCORED: ClassVar[str] = "foreground"

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
        """See Scorer."""
        return self.resize == "bilinear"

    def validate_target(self, target: Pixels) -> None:
        """Raises InvalidTarget for a map that is no mask: its object would count as background, or it has none."""
        levels = np.bincount(target.ravel(), minlength=LEVELS)
        if self.ignore_value is not None:
            levels[self.ignore_value] = 0
        below, above = levels[1 : self.foreground_above + 1].sum(), levels[self.foreground_above + 1 :].sum()
        if below and not above:
            raise InvalidTarget(
                f"its levels above 0 are all at or below {self.foreground_above} (foreground_above), so it would "
                f"count as empty; {MASK}"
            )
        if below > above:
            raise InvalidTarget(
                f"most of its pixels above 0 are at or below {self.foreground_above} (foreground_above) and would "
                f"count as background, as in a label map; {MASK}"
            )
        if 2 * np.sort(levels)[-2:].sum() < levels.sum():
            raise InvalidTarget(f"its two most frequent levels fill less than half of it, as in a photo; {MASK}")

    def fitted(self, prediction: Pixels, height: int, width: int) -> Pixels:
        """See Scorer."""
        if prediction.shape == (height, width):
            return prediction
        return np.asarray(Image.fromarray(prediction).resize((width, height), Image.Resampling.BILINEAR))

    def count(self, prediction: Pixels, target: Rle) -> Counts:
        """Return int64 [2, 256]: the histograms of grey levels over object pixels and over the rest."""
        prediction = self.fitted(prediction, *target.shape)
        if compiled.kernels is None:
            return self._by_numpy(prediction, target.decode())
        return compiled.kernels.count_levels(prediction, target, self._kinds(np.arange(LEVELS, dtype=np.uint8)))

    def _by_numpy(self, prediction: Pixels, target: Pixels) -> Counts:
        indices = self._kinds(target).astype(np.uint16) * LEVELS + prediction
        levels = np.bincount(indices.ravel(), minlength=3 * LEVELS)
        return levels.astype(np.int64, copy=False)[: 2 * LEVELS].reshape(2, LEVELS)

    def _kinds(self, target: Pixels) -> Pixels:
        """Return 0 for object pixels, 1 for the rest, 2 for ignored ones."""
        kinds = (target <= self.foreground_above).view(np.uint8)
        if self.ignore_value is not None:
            kinds[target == self.ignore_value] = 2
        return kinds

    def compute_batch(self, sums: Counts) -> dict[str, Ratios]:
        """See Scorer. Each sum has its own peak; NaN for one without an object pixel."""
        inside, outside = (side.cumsum(axis=1) for side in sums[:, :, ::-1].swapaxes(0, 1))  # from 255 downwards
        outside += inside[:, -1:]  # the union: objects, and what else is at or above each threshold
        with np.errstate(invalid="ignore"):
            iou = inside / outside
        iou[inside[:, -1] == 0] = np.nan
        peak = iou.argmax(axis=1)  # the first, so that a tie goes to the largest threshold
        threshold = np.where(inside[:, -1] > 0, LEVELS - 1.0 - peak, np.nan)
        return {
            "peak_iou": iou[np.arange(len(iou)), peak],
            "peak_threshold": threshold,
            "iou_curve": iou[:, ::-1],
        }

    def mistakes(self, counts: Counts, sample: Iterable[tuple[Pixels, Rle]]) -> Iterator[str]:
        """Yield a warning where the maps are dark on the objects: no poor map is far better when inverted."""
        peak, inverted = self.compute_batch(np.stack([counts, counts[:, ::-1]]))["peak_iou"]
        if inverted > peak + FAR_BETTER:
            yield "The maps seem to be inverted: the higher a pixel, the surer it must show the object."

    def target_counts(self, counts: PerImage) -> PerImage:
        """Return the pixels of objects and of the rest."""
        pixels: PerImage = counts.sum(axis=2, dtype=np.int32)
        return pixels
