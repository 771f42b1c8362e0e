"""Classes side by side: the results of one to five teams in each, sorted, and who is ahead. No database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evaluator.contract import UNDEFINED, Metric
from leaderboard.intervals.values import Band
from leaderboard.palette import FIRST_STYLE, Style


@dataclass(frozen=True)
class ClassValue:
    """One team's value in one class as printed; None where it is undefined or unknown.

    `full` is the printed number whose bar is as wide as a bar can be; `style` is the team's.
    """

    printed: str | None = None
    low: str | None = None
    high: str | None = None
    full: float = 100
    style: Style = FIRST_STYLE

    @property
    def number(self) -> float | None:
        return None if self.printed is None else float(self.printed)

    @property
    def width(self) -> str:
        """The width of its bar in percent."""
        return self._width(self.printed)

    @property
    def low_width(self) -> str:
        return self._width(self.low)

    @property
    def high_width(self) -> str:
        return self._width(self.high)

    def _width(self, printed: str | None) -> str:
        return f"{100 * max(0.0, float(printed or 0)) / self.full:.2f}"

    @property
    def ends(self) -> tuple[float, float] | None:
        """The ends of its interval; None where it has no width, as where a single image has the class."""
        return (float(self.low), float(self.high)) if self.low and self.high and self.low != self.high else None

    @property
    def interval(self) -> str:
        return f"{self.low}–{self.high}" if self.ends else ""


@dataclass(frozen=True)
class ClassRow:
    """One class with the value of each team, in the teams' order.

    `absent`: no pixel of the ground truth has it, so that no team can score in it; `is_background`: it
    counts in no mean over the classes.
    """

    label: int
    name: str
    values: tuple[ClassValue, ...]
    metric: Metric
    pixels: int | None = None
    absent: bool = False
    is_background: bool = False
    paired: tuple[float, float] | None = None  # of two teams: the exact difference, half the width of its interval

    @property
    def pixels_text(self) -> str:
        return UNDEFINED if self.pixels is None else f"{self.pixels:,}"

    @property
    def note(self) -> str:
        """How a class that is unlike the others enters the mean; empty for the others."""
        if self.is_background:
            return "not in the mean"
        if not self.absent:
            return ""
        if not self.numbers:
            return "absent from the truth: left out of the mean"
        counts = "counts" if any(self.numbers) else "counts as 0"
        if len(self.numbers) == len(self.values):
            return f"absent from the truth: {counts} in the mean"
        return f"absent from the truth: {counts} in the mean of who predicted it, else left out"

    @property
    def numbers(self) -> list[float]:
        return [value.number for value in self.values if value.number is not None]

    @property
    def comparable(self) -> bool:
        return not self.absent and len(self.numbers) == len(self.values)

    @property
    def difference(self) -> float | None:
        """The first printed number minus the second; None unless there are two."""
        if len(self.values) != 2 or not self.comparable:
            return None
        first, second = self.numbers
        return round(first - second, self.metric.decimals)

    @property
    def lead(self) -> float | None:
        """The difference, above 0 where the first is better."""
        return None if self.difference is None else self.metric.sign * self.difference

    @property
    def difference_text(self) -> str:
        return UNDEFINED if self.difference is None else signed(self.difference, self.metric.decimals)

    @property
    def spread(self) -> float | None:
        """The largest value minus the smallest."""
        return round(max(self.numbers) - min(self.numbers), self.metric.decimals) if self.comparable else None

    @property
    def spread_text(self) -> str:
        return UNDEFINED if self.spread is None else f"{self.spread:.{self.metric.decimals}f}"

    @property
    def difference_ends(self) -> tuple[float, float] | None:
        """The paired interval of the difference as printed, of this class by itself; None where it is unknown."""
        if self.paired is None or self.difference is None:
            return None
        exact, margin = self.paired
        return self.metric.printed(exact - margin) or 0.0, self.metric.printed(exact + margin) or 0.0

    @property
    def difference_interval(self) -> str:
        return " to ".join(signed(end, self.metric.decimals) for end in self.difference_ends or ())

    @property
    def significant(self) -> bool:
        """Whether the two print different numbers, and the interval of the difference excludes 0."""
        if self.paired is None or not self.difference:
            return False
        exact, margin = self.paired
        return 0 < margin < abs(exact)


def signed(difference: float, decimals: int) -> str:
    """A difference of printed numbers: with its sign, and a true minus."""
    return f"{difference:+.{decimals}f}".replace("-", "−") if difference else f"{0:.{decimals}f}"


@dataclass(frozen=True)
class WinsAndLosses:
    """How many classes the first of two teams wins, ties and loses; a tie prints the same number.

    In `significant` of the wins and losses the paired interval of the class, by itself, excludes 0; None where no
    such intervals are known.
    """

    wins: int
    ties: int
    losses: int
    skipped: int
    significant: int | None


def wins_and_losses(rows: Sequence[ClassRow]) -> WinsAndLosses:
    """Count over all classes but the background; a class in which a team has no value is skipped."""
    classes = [row for row in rows if not row.is_background]
    leads = [row.lead for row in classes if row.lead is not None]
    has_intervals = any(row.paired for row in classes)
    return WinsAndLosses(
        wins=sum(lead > 0 for lead in leads),
        ties=leads.count(0),
        losses=sum(lead < 0 for lead in leads),
        skipped=len(classes) - len(leads),
        significant=sum(row.significant for row in classes) if has_intervals else None,
    )


PerClass = Sequence[Mapping[str, Any]]  # an evaluation's list of {"label", a value for each metric, "pixels"}


def build_rows(
    tables: Sequence[PerClass],
    bands: Sequence[Band | None],
    names: Mapping[int, str],
    metric: Metric,
    background: int | None = None,
    *,
    styles: Sequence[Style] = (),
    margins: Sequence[float | None] | None = None,
) -> list[ClassRow]:
    """A row per class from one table, one band and one style per team, with the values of `metric`.

    `margins`, of two teams: half the widths of the paired intervals of their differences, in the tables' order.
    """
    blank = [
        ClassValue(full=_full_width(metric, tables, bands), style=style)
        for style in styles or [FIRST_STYLE] * len(tables)
    ]
    values = [_values(metric, *team) for team in zip(tables, bands, blank, strict=True)]
    by_label = {entry["label"]: entry for table in tables for entry in table}
    paired = _paired(metric, tables, margins)
    return [
        ClassRow(
            label=label,
            name=names.get(label, f"class {label}"),
            values=tuple(of_team.get(label, none) for of_team, none in zip(values, blank, strict=True)),
            metric=metric,
            pixels=entry.get("pixels"),
            absent=entry.get("pixels") == 0,
            is_background=label == background,
            paired=paired.get(label),
        )
        for label, entry in sorted(by_label.items())
    ]


def _paired(
    metric: Metric, tables: Sequence[PerClass], margins: Sequence[float | None] | None
) -> dict[int, tuple[float, float]]:
    if margins is None or len(tables) != 2:
        return {}
    ours, theirs = ([entry[metric.key] for entry in table] for table in tables)
    labels = [entry["label"] for entry in tables[0]]
    return {
        label: (one - other, margin)
        for label, one, other, margin in zip(labels, ours, theirs, margins, strict=True)
        if one is not None and other is not None and margin is not None
    }


def _full_width(metric: Metric, tables: Sequence[PerClass], bands: Sequence[Band | None]) -> float:
    """The printed number of a full bar: 100 %, or the largest number there is."""
    if metric.unit == "%":
        return 100
    values = [entry[metric.key] for table in tables for entry in table]
    values += [high for band in bands if band for high in band.high]
    return max((metric.printed(value) or 0 for value in values), default=0) or 1


def _values(metric: Metric, table: PerClass, band: Band | None, blank: ClassValue) -> dict[int, ClassValue]:
    missing = (None,) * len(table)
    ends = zip(band.low if band else missing, band.high if band else missing, strict=True)
    return {
        entry["label"]: replace(
            blank, printed=_shown(metric, entry[metric.key]), low=_shown(metric, low), high=_shown(metric, high)
        )
        for entry, (low, high) in zip(table, ends, strict=True)
    }


def _shown(metric: Metric, value: float | None) -> str | None:
    return None if metric.printed(value) is None else metric.show(value)
