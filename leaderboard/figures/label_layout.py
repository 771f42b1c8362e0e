"""Where the labels of a figure stand so that none covers another; the same for the same curves."""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple
from unicodedata import east_asian_width

LINE = 18  # the height of a line of text, in viewBox units
ELLIPSIS = "…"


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def covers(self, other: "Box") -> bool:
        beside = self.right <= other.left or other.right <= self.left
        return not (beside or self.bottom <= other.top or other.bottom <= self.top)


def any_covered(boxes: Iterable[Box]) -> bool:
    return any(one.covers(other) for one, other in combinations(boxes, 2))


def width(text: str) -> float:
    """How much room a text takes at most, in viewBox units: the server has no fonts to measure it by."""
    return sum(map(_letter_width, text))


def _letter_width(letter: str) -> float:
    if east_asian_width(letter) in "WF":
        return 14
    return 10.5 if letter.isupper() or letter in "mw%&@–—…" else 7.5


def shortened(text: str, room: float) -> str:
    """The text, or as much of its beginning as the room holds with an ellipsis."""
    if width(text) <= room:
        return text
    kept = len(text)
    while kept and width(text[:kept].rstrip() + ELLIPSIS) > room:
        kept -= 1
    return text[:kept].rstrip() + ELLIPSIS


def spread(wanted: Sequence[float], top: float, bottom: float, gap: float = LINE) -> list[float] | None:
    """Heights as near to the wanted ones as a gap between them allows, in their order; None where too few fit."""
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
