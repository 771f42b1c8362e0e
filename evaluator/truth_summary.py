"""What ground truth holds, for the organisers who look at a draft: sizes, and how often each label occurs."""

from __future__ import annotations

from collections import Counter

import numpy as np

from evaluator.contract import ImageEntry, LabelCount, SizeCount, TruthSummary
from evaluator.rle import Pixels
from evaluator.scorers import Scorer
from evaluator.scorers.ratios import Counts


class TruthTally:
    """Adds up the maps of a split. `counts` are those of all maps against themselves."""

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer
        self.images: list[ImageEntry] = []
        self.counts: Counts = np.zeros(scorer.shape, np.int64)
        self._images_with: Counter[int] = Counter()
        self._shares: list[float] = []

    def add(self, image_id: str, target: Pixels, counts: Counts) -> None:
        """Add a map, with its counts against itself."""
        height, width = target.shape
        self.images.append(ImageEntry(image_id, width, height))
        self.counts += counts
        self._images_with.update(label for label, pixels in self.scorer.target_labels(counts).items() if pixels)
        self._shares.append(self.scorer.scored_pixels(counts) / target.size)

    @property
    def sizes(self) -> list[tuple[tuple[int, int], int]]:
        """Each width and height with its number of images, the most frequent first."""
        return Counter((image.width, image.height) for image in self.images).most_common()

    def summary(self) -> TruthSummary:
        """Return the facts as data."""
        labels = self.scorer.target_labels(self.counts)
        return TruthSummary(
            sizes=tuple(SizeCount(width, height, count) for (width, height), count in self.sizes),
            labels=tuple(LabelCount(label, self._images_with[label], pixels) for label, pixels in labels.items()),
            unused=tuple(self.scorer.unused_classes(self.counts)),
            scored=self.scorer.SCORED,
            share=self.scorer.scored_pixels(self.counts) / sum(image.pixels for image in self.images),
            lowest_share=min(self._shares),
            highest_share=max(self._shares),
        )
