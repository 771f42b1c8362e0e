"""What is withheld or warned of where a split is too small for its intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evaluator.contract import some_of
from evaluator.per_image_counts import PerImageCounts
from evaluator.scorers import Scorer

FEWEST_UNITS = 30  # images, or groups of images, below which nothing is said of ranks
RARE = 3  # images of a class, below which a warning is given


@dataclass(frozen=True)
class Limits:
    """Why no intervals, or no statements on ranks, are given; empty where they are. And what makes them poor."""

    no_intervals: str
    no_ranks: str
    warnings: tuple[str, ...]


def limits(scorer: Scorer, per_image: PerImageCounts, units: int) -> Limits:
    """Judge a split by the target of any submission to it."""
    images = scorer.images_of_classes(per_image.counts)
    no_intervals = _no_intervals(scorer, images)
    return Limits(no_intervals, no_intervals or _no_ranks(per_image, units), tuple(_warnings(images)))


def _no_intervals(scorer: Scorer, images: Mapping[int, int]) -> str:
    absent = [label for label, number in images.items() if not number]
    if not (scorer.ABSENT_COUNT and absent):
        return ""
    return (
        f"{_classes(absent)} in no image of the ground truth and counted as 0 in the mean, which other images of "
        "this kind would change: no confidence intervals are given."
    )


def _no_ranks(per_image: PerImageCounts, units: int) -> str:
    if units >= FEWEST_UNITS:
        return ""
    what = "images" if units == len(per_image.ids) else "groups of images"
    return f"The split has fewer than {FEWEST_UNITS} {what} ({units}): too few to tell ranks apart."


def _warnings(images: Mapping[int, int]) -> list[str]:
    rare = [label for label, number in images.items() if 0 < number < RARE]
    if not rare:
        return []
    return [f"{_classes(rare)} in fewer than {RARE} images: the confidence intervals are likely too narrow."]


def _classes(labels: list[int]) -> str:
    """Return such as “Class 7 is” or “12 classes (1, 2, 5, … ) are”."""
    if len(labels) == 1:
        return f"Class {labels[0]} is"
    return f"{len(labels)} classes ({some_of([str(label) for label in labels])}) are"
