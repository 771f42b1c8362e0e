"""Confidence intervals of a board's rows, ready to be printed and drawn. Plain values, no database."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class MetricInterval:
    """The confidence interval of a number, rounded as printed (`Metric.rounded`), and its ends as text."""

    low: float
    high: float
    texts: tuple[str, str]

    @property
    def text(self) -> str:
        """Such as “61.20–64.85”."""
        return "–".join(self.texts)


@dataclass(frozen=True)
class RankInterval:
    """A rank with its interval, its group, and the ranks of the rows that do not differ significantly from it."""

    rank: int
    low: int
    high: int
    group: int
    indistinct: tuple[int, ...]

    @property
    def text(self) -> str:
        """The interval, such as “1–3”, or a single rank."""
        return str(self.low) if self.low == self.high else f"{self.low}–{self.high}"

    @property
    def description(self) -> str:
        if not self.indistinct:
            return "significantly different from every other team"
        plural = "s" if len(self.indistinct) > 1 else ""
        return f"not significantly different from rank{plural} {spans(self.indistinct)}"


@dataclass(frozen=True)
class Bar:
    """An interval and its score on the scale that the column shares, in percent of the width."""

    low: float
    high: float
    score: float
    text: str


@dataclass(frozen=True)
class RowInterval:
    """The intervals of one row. `rank` is None while it is being recomputed, as it depends on all other rows."""

    metrics: dict[str, MetricInterval]  # by metric; an undefined one is missing
    rank: RankInterval | None
    bar: Bar | None = None  # of the headline
    bracket: str = ""  # “first”, “middle” or “last” of a group of several rows


@dataclass(frozen=True)
class Band:
    """One value per class, or per x of a curve, with its interval; rounded as printed, None where undefined."""

    score: tuple[float | None, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]


@dataclass(frozen=True)
class PairDifference:
    """The difference between one row and another on the same resamples of the images.

    `difference` is this headline minus the other, with its interval, rounded as printed; None where undefined.
    Where lower is better, one below 0 means that this row is ahead.
    """

    beats: float  # the share of resamples in which this one prints a better score, 0 to 1; a tie counts half
    difference: float | None
    low: float | None
    high: float | None
    significantly_different: bool  # whether the interval excludes 0, before rounding


def spans(numbers: Sequence[int]) -> str:
    """Numbers as text, consecutive ones joined: “1–3, 5”."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def bars(scores: Sequence[tuple[float, MetricInterval]]) -> list[Bar]:
    """Scores and their intervals on one scale, the lowest end on the left, whichever is better."""
    values = [value for score, interval in scores for value in (score, interval.low, interval.high)]
    least, span = min(values, default=0), (max(values, default=0) - min(values, default=0)) or 1

    def percent_of_width(value: float) -> float:
        return round(100 * (value - least) / span, 1)

    return [
        Bar(percent_of_width(of.low), percent_of_width(of.high), percent_of_width(score), of.text)
        for score, of in scores
    ]


def brackets(groups: Sequence[int]) -> list[str]:
    """Each row's position in its group, down the ranks; empty where it is alone in it."""
    names = {(False, False): "", (False, True): "first", (True, True): "middle", (True, False): "last"}
    positions = []
    for index, group in enumerate(groups):
        before, after = groups[index - 1 : index], groups[index + 1 : index + 2]
        positions.append(names[group in before, group in after])
    return positions
