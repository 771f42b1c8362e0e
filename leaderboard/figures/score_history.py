"""Layout of the score history figure: scores over time, and the best so far as a step line."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil, floor

from leaderboard.figures.iou_curve import Tick

TICK_STEPS = ((0.1, 0.02), (0.3, 0.05), (1.0, 0.1))  # (largest span of y, distance of its ticks)
DATE_SPANS = 4  # between the dates of the x axis


@dataclass(frozen=True)
class Score:
    """One score: its time of submission, its value as a fraction and as printed, and its label."""

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
class ScoreHistory:
    """The figure in viewBox units: x from the first to the last submission, y from `lowest` to `highest`."""

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
        """The best so far, as the path of a step line that reaches the right edge."""
        best = [dot for dot in self.dots if dot.best]
        steps = "".join(f"H{dot.x:g}V{dot.y:g}" for dot in best[1:])
        return f"M{best[0].x:g} {best[0].y:g}{steps}H{self.right}"

    @property
    def y_ticks(self) -> list[Tick]:
        span = self.highest - self.lowest
        step = next(step for widest, step in TICK_STEPS if span <= widest + 1e-9)
        values = [self.lowest + number * step for number in range(round(span / step) + 1)]
        return [
            Tick(self.y(value), f"{100 * value:.0f}", minor=number % 2 == 1) for number, value in enumerate(values)
        ]

    @property
    def x_ticks(self) -> list[Tick]:
        """Dates, or hours of the day where all is within two days."""
        span = self.until - self.since
        form = "%-d %b %Y" if span > timedelta(days=2) else "%-d %b, %H:%M"
        times = (
            [self.since + span * number / DATE_SPANS for number in range(DATE_SPANS + 1)] if span else [self.since]
        )
        texts = [f"{time.astimezone(UTC):{form}}" for time in times]
        return [
            Tick(self.x(time), text, minor=number % 2 == 1)
            for number, (time, text) in enumerate(zip(times, texts, strict=True))
            if text not in texts[:number]
        ]


def score_history(scores: Sequence[Score]) -> ScoreHistory | None:
    """Lay out scores, given in any order; None where there are none."""
    if not scores:
        return None
    ordered = sorted(scores, key=lambda score: score.at)
    values = [score.value for score in ordered]
    lowest = min(floor(min(values) * 10), 9) / 10
    highest = max(ceil(max(values) * 10) / 10, lowest + 0.1)
    frame = ScoreHistory(since=ordered[0].at, until=ordered[-1].at, lowest=lowest, highest=highest)
    best = [number == 0 or value > max(values[:number]) for number, value in enumerate(values)]
    dots = [
        Dot(frame.x(score.at), frame.y(score.value), is_best, score)
        for score, is_best in zip(ordered, best, strict=True)
    ]
    return replace(frame, dots=dots)
