"""What is known of how sure a row's numbers are, ready to be printed and drawn; plain values, no database."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Range:
    """The 95 % interval of a number as printed: fractions of 1, or thresholds."""

    low: float
    high: float
    texts: tuple[str, str]

    @property
    def text(self) -> str:
        """Such as “61.20–64.85”."""
        return "–".join(self.texts)


@dataclass(frozen=True)
class Place:
    """A rank and its interval, the group it is in, and the ranks of those it cannot be told apart from."""

    rank: int
    low: int
    high: int
    group: int
    indistinct: tuple[int, ...]

    @property
    def text(self) -> str:
        """The interval, such as “1–3”, or one rank where it is sure."""
        return str(self.low) if self.low == self.high else f"{self.low}–{self.high}"

    @property
    def words(self) -> str:
        if not self.indistinct:
            return "told apart from every other team"
        many = "s" if len(self.indistinct) > 1 else ""
        return f"not distinguishable from rank{many} {spans(self.indistinct)}"


@dataclass(frozen=True)
class Bar:
    """Where an interval and its score lie on the scale that its column shares, in percent of the width."""

    low: float
    high: float
    score: float
    text: str


@dataclass(frozen=True)
class Known:
    """What is known of one row. `place` is None while it is computed anew: it depends on all other rows."""

    ranges: dict[str, Range]  # by metric; one that is undefined is not in it
    place: Place | None
    bar: Bar | None = None  # of the headline
    bracket: str = ""  # “first”, “middle” or “last” of a group of several


@dataclass(frozen=True)
class Band:
    """One value per class or threshold, each with its interval; fractions as printed, None where undefined."""

    score: tuple[float | None, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]


@dataclass(frozen=True)
class PairView:
    """One row beside another on the same images: how often it prints more, and by how much it differs."""

    beats: float  # the share of the draws, 0 to 1; a tie counts half
    difference: float  # of the headlines, as fractions; above 0 where this one is better
    low: float | None
    high: float | None
    told_apart: bool  # whether the images can tell which of the two is better: before rounding


def spans(numbers: Sequence[int]) -> str:
    """Numbers as text, runs drawn together: “1–3, 5”."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def bars(scores: Sequence[tuple[float, Range]]) -> list[Bar]:
    """Scores and their intervals on one scale, from the lowest end to the highest."""
    values = [value for score, known in scores for value in (score, known.low, known.high)]
    least, span = min(values, default=0), (max(values, default=0) - min(values, default=0)) or 1

    def at(value: float) -> float:
        return round(100 * (value - least) / span, 1)

    return [Bar(at(known.low), at(known.high), at(score), known.text) for score, known in scores]


def brackets(groups: Sequence[int]) -> list[str]:
    """Where each row stands in its group, down the ranks; nothing where it is alone in it."""
    names = []
    for place, group in enumerate(groups):
        before, after = groups[place - 1 : place], groups[place + 1 : place + 2]
        names.append(
            {(0, 0): "", (0, 1): "first", (1, 1): "middle", (1, 0): "last"}[group in before, group in after]
        )
    return names
