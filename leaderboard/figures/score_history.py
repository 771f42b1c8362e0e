"""The progress figure: scores over time and the best so far, laid out for an SVG that is whole without script."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil, floor

from leaderboard.figures.iou_curve import Tick

STEPS = ((0.1, 0.02), (0.3, 0.05), (1.0, 0.1))  # up to which span of y, one line every so much
DATES = 4  # spans between the dates below


@dataclass(frozen=True)
class Score:
    """One score: when it was handed in, a fraction, as printed, and whose or what it is."""

    at: datetime
    value: float
    printed: str
    label: str
    url: str = ""


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    best: bool
    score: Score


@dataclass(frozen=True)
class Progress:
    """The figure in viewBox units: x from the first to the last hand-in, y from `lowest` to `highest`."""

    since: datetime
    until: datetime
    lowest: float
    highest: float
    width: int = 960
    height: int = 326
    left: int = 56
    right: int = 944
    top: int = 16
    bottom: int = 276
    dots: Sequence[Dot] = ()

    def x(self, at: datetime) -> float:
        span = (self.until - self.since) / timedelta(microseconds=1)
        share = (at - self.since) / timedelta(microseconds=1) / span if span else 0.5
        return round(self.left + share * (self.right - self.left), 2)

    def y(self, value: float) -> float:
        share = (value - self.lowest) / (self.highest - self.lowest)
        return round(self.bottom - share * (self.bottom - self.top), 2)

    @property
    def line(self) -> str:
        """The best so far, as the path of a step line that holds to the right edge."""
        best = [dot for dot in self.dots if dot.best]
        steps = "".join(f"H{dot.x:g}V{dot.y:g}" for dot in best[1:])
        return f"M{best[0].x:g} {best[0].y:g}{steps}H{self.right}"

    @property
    def y_ticks(self) -> list[Tick]:
        span = self.highest - self.lowest
        step = next(step for widest, step in STEPS if span <= widest + 1e-9)
        values = [self.lowest + number * step for number in range(round(span / step) + 1)]
        return [
            Tick(self.y(value), f"{100 * value:.0f}", minor=number % 2 == 1) for number, value in enumerate(values)
        ]

    @property
    def x_ticks(self) -> list[Tick]:
        """Dates, or hours of the day where all is within two days."""
        span = self.until - self.since
        form = "%-d %b %Y" if span > timedelta(days=2) else "%-d %b, %H:%M"
        moments = [self.since + span * number / DATES for number in range(DATES + 1)] if span else [self.since]
        texts = [f"{moment.astimezone(UTC):{form}}" for moment in moments]
        return [
            Tick(self.x(moment), text, minor=number % 2 == 1)
            for number, (moment, text) in enumerate(zip(moments, texts, strict=True))
            if text not in texts[:number]
        ]


def progress(scores: Sequence[Score]) -> Progress | None:
    """Lay out scores, in any order; None where there is none."""
    if not scores:
        return None
    ordered = sorted(scores, key=lambda score: score.at)
    values = [score.value for score in ordered]
    lowest = min(floor(min(values) * 10), 9) / 10
    highest = max(ceil(max(values) * 10) / 10, lowest + 0.1)
    frame = Progress(since=ordered[0].at, until=ordered[-1].at, lowest=lowest, highest=highest)
    best = [number == 0 or value > max(values[:number]) for number, value in enumerate(values)]
    dots = [
        Dot(frame.x(score.at), frame.y(score.value), is_best, score)
        for score, is_best in zip(ordered, best, strict=True)
    ]
    return replace(frame, dots=dots)
