"""Confidence intervals of a board's rows, ready to be printed and drawn. Plain values, no database."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from evaluator.contract import CONFIDENCE_PERCENT


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
    """A rank with its interval, and the ranks of the rows that do not differ significantly from it.

    `may_be_best`: no other row rules it out as the best.
    """

    rank: int
    low: int
    high: int
    indistinct: tuple[int, ...]
    may_be_best: bool

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

    @property
    def meaning(self) -> str:
        """What the interval says, in a sentence."""
        lies = f"is {self.low}" if self.low == self.high else f"lies in {self.text}"
        return (
            f"Its rank over ever more images of this kind {lies}; true of all rows of this board together on "
            f"{CONFIDENCE_PERCENT} of 100 boards."
        )


@dataclass(frozen=True)
class Bar:
    """An interval and its score on the scale that the column shares, in percent of the width."""

    low: float
    high: float
    score: float
    text: str


@dataclass(frozen=True)
class RowInterval:
    """The intervals of one row. `rank` is None where it is withheld, or recomputed: all other rows decide it."""

    metrics: dict[str, MetricInterval]  # by metric; an undefined one is missing
    rank: RankInterval | None
    bar: Bar | None = None  # of the headline


@dataclass(frozen=True)
class Band:
    """One value per class, or per x of a curve, with its interval; rounded as printed, None where undefined."""

    score: tuple[float | None, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]


@dataclass(frozen=True)
class PairDifference:
    """This headline minus the other, with its interval, rounded as printed; None where nothing can be said.

    Between two rows of a board the interval holds for all pairs of the board at once; between two submissions of
    one team, for the pair by itself. Where lower is better, a difference below 0 means that this one is ahead.
    `class_margins`, where read: half the width of the interval of each class's difference, each class by itself.
    """

    difference: float | None
    low: float | None
    high: float | None
    significantly_different: bool  # by the evaluator: never derived from intervals
    class_margins: tuple[float | None, ...] | None = None

    @property
    def turned(self) -> "PairDifference":
        """The same, as seen from the other."""
        ends = (None if number is None else 0 - number for number in (self.difference, self.high, self.low))
        difference, low, high = ends
        return replace(self, difference=difference, low=low, high=high)


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
