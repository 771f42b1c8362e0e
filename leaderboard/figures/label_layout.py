"""Places the labels of a figure so that none overlaps another; deterministic."""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple
from unicodedata import east_asian_width

LINE_HEIGHT = 18  # of text, in viewBox units
ELLIPSIS = "…"


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        beside = self.right <= other.left or other.right <= self.left
        return not (beside or self.bottom <= other.top or other.bottom <= self.top)


def any_overlap(boxes: Iterable[Box]) -> bool:
    return any(one.overlaps(other) for one, other in combinations(boxes, 2))


def text_width(text: str) -> float:
    """An upper bound of the text's width in viewBox units: the server has no fonts to measure it with."""
    return sum(map(_letter_width, text))


def _letter_width(letter: str) -> float:
    if east_asian_width(letter) in "WF":
        return 14
    return 10.5 if letter.isupper() or letter in "mw%&@–—…" else 7.5


def shortened(text: str, room: float) -> str:
    """The text, cut with an ellipsis where it is wider than `room`."""
    if text_width(text) <= room:
        return text
    kept = len(text)
    while kept and text_width(text[:kept].rstrip() + ELLIPSIS) > room:
        kept -= 1
    return text[:kept].rstrip() + ELLIPSIS


def spread(wanted: Sequence[float], top: float, bottom: float, gap: float = LINE_HEIGHT) -> list[float] | None:
    """Heights in the same order, close to the wanted ones and at least `gap` apart; None where not all fit."""
    if (len(wanted) - 1) * gap > bottom - top:
        return None
    order = sorted(range(len(wanted)), key=lambda number: (wanted[number], number))
    heights, lowest = list(wanted), top
    for number in order:
        heights[number] = lowest = max(wanted[number], lowest)
        lowest += gap
    for number in reversed(order):
        heights[number] = bottom = min(heights[number], bottom)
        bottom -= gap
    return heights
