"""The axes of the figure of a scorer's curves, in words, and round numbers for the ticks of any axis."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Self

from evaluator.contract import Metric, ScorerDescription


@dataclass(frozen=True)
class Axes:
    """The axes of a scorer's curves: y by x = 0, 1, … `last_x`. `peak_x` is the metric that tells each best x."""

    y: Metric
    x_title: str
    last_x: int
    peak_x: Metric

    @classmethod
    def of(cls, description: ScorerDescription) -> Self | None:
        """The axes of a scorer's curves; None where it has none."""
        curve = description.curve
        if curve is None:
            return None
        return cls(curve.metric, curve.x_title, curve.last_x, description.metric(curve.peak_x))

    @property
    def name(self) -> str:
        """Such as “IoU-Threshold curve”."""
        return f"{self.y.title}-{self.x_title} curve"

    @property
    def x_word(self) -> str:
        """The x title within a sentence."""
        return self.x_title[:1].lower() + self.x_title[1:]

    @property
    def y_title(self) -> str:
        """Such as “IoU, %”."""
        return f"{self.y.title}, {self.y.unit}" if self.y.unit else self.y.title

    @property
    def peak_title(self) -> str:
        """What the best value of a curve is called."""
        return f"{'Lowest ' if self.y.higher_is_better is False else 'Peak-'}{self.y.title}"

    @property
    def caption(self) -> str:
        """What the figure shows."""
        return (
            f"{self.y.title} at each {self.x_word} from 0 to {self.last_x}. The mark on each curve is its "
            f"{self.peak_title}; the number after “at” is the {self.peak_x.title}."
        )

    @property
    def key(self) -> str:
        """The name of the curve's values in files, such as `iou`; with `peak_` before it, of the best of them."""
        return self.y.key.removesuffix("_curve")


def round_step(span: float, least: float = 0) -> float:
    """The distance of at most eleven ticks over this span: 1, 2 or 5 times a power of ten, not below `least`."""
    power = 10.0 ** floor(log10(span / 10)) if span > 0 else 1.0
    steps = (factor * power for factor in (1, 2, 5, 10))
    return max(least, next(step for step in steps if span <= 10 * step * (1 + 1e-9)))


def round_numbers(first: float, last: float, step: float) -> Iterator[float]:
    """The multiples of the step in this range, both ends included."""
    for number in range(ceil(first / step - 1e-9), floor(last / step + 1e-9) + 1):
        yield round(number * step, 10)
