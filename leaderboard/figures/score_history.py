"""Layout of the score history figure: scores over time, and the best so far as a step line."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil, floor

from evaluator.contract import Metric
from leaderboard.figures.axes import round_numbers, round_step
from leaderboard.figures.curve import Tick

PERCENT_STEPS = ((10, 2), (30, 5), (100, 10))  # (largest span of y in percent, distance of its ticks)
DATE_SPANS = 4  # between the dates of the x axis


@dataclass(frozen=True)
class Score:
    """One defined score: its time of submission, its value and its label."""

    at: datetime
    value: float
    label: str
    url: str = ""


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    best: bool
    score: Score
    printed: str


@dataclass(frozen=True)
class ScoreHistory:
    """The figure in viewBox units: x from the first to the last submission, y from `lowest` to `highest`.

    These are printed numbers of the metric; `step` is the distance of the ticks between them.
    """

    metric: Metric
    since: datetime
    until: datetime
    lowest: float
    highest: float
    step: float
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

    def y(self, printed: float) -> float:
        share = (printed - self.lowest) / (self.highest - self.lowest)
        return round(self.bottom - share * (self.bottom - self.top), 2)

    @property
    def line(self) -> str:
        """The best so far, as the path of a step line that reaches the right edge."""
        best = [dot for dot in self.dots if dot.best]
        steps = "".join(f"H{dot.x:g}V{dot.y:g}" for dot in best[1:])
        return f"M{best[0].x:g} {best[0].y:g}{steps}H{self.right}"

    @property
    def y_ticks(self) -> list[Tick]:
        numbers = round_numbers(self.lowest, self.highest, self.step)
        return [Tick(self.y(at), f"{at:g}", minor=index % 2 == 1) for index, at in enumerate(numbers)]

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


def score_history(scores: Sequence[Score], metric: Metric) -> ScoreHistory | None:
    """Lay out scores of a metric, given in any order; None where there are none."""
    if not scores:
        return None
    ordered = sorted(scores, key=lambda score: score.at)
    leads = [metric.sign * score.value for score in ordered]
    numbers = [metric.printed(score.value) or 0 for score in ordered]
    frame = ScoreHistory(metric, ordered[0].at, ordered[-1].at, *_scale(numbers, metric.unit))
    best = [index == 0 or lead > max(leads[:index]) for index, lead in enumerate(leads)]
    dots = [
        Dot(frame.x(score.at), frame.y(number), is_best, score, metric.show(score.value))
        for score, number, is_best in zip(ordered, numbers, best, strict=True)
    ]
    return replace(frame, dots=dots)


def _scale(printed: Sequence[float], unit: str) -> tuple[float, float, float]:
    """The lower edge, the upper edge and the distance of the ticks; round numbers that hold all of these."""
    least, most = min(printed), max(printed)
    if unit == "%":
        return _percent_scale(least, most)
    step = round_step(most - least or abs(most))
    lowest = step * floor(least / step)
    return lowest, max(step * ceil(most / step), lowest + step), step


def _percent_scale(least: float, most: float) -> tuple[int, int, int]:
    lowest = 10 * min(floor(least / 10), 9)
    highest = max(10 * ceil(most / 10), lowest + 10)
    return lowest, highest, next(step for span, step in PERCENT_STEPS if highest - lowest <= span)
