"""Classes side by side: what one to five teams reached in each, sorted, and who is ahead. No database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from server.tracks.metrics import percent

DASH = "–"


class Bounds(Protocol):
    """The ends of each class's interval, as fractions."""

    low: Sequence[float | None]
    high: Sequence[float | None]


@dataclass(frozen=True)
class ClassValue:
    """One team's value in one class, in percent as printed; None where it is undefined or unknown."""

    printed: str | None = None
    low: str | None = None
    high: str | None = None

    @property
    def number(self) -> float | None:
        return None if self.printed is None else float(self.printed)

    @property
    def interval(self) -> str:
        """Empty where it has no width: then a single image has the class, which says nothing about others."""
        return f"{self.low}–{self.high}" if self.low and self.high and self.low != self.high else ""


@dataclass(frozen=True)
class ClassRow:
    """One class with the value of each team, in the teams' order.

    `absent`: no pixel of the ground truth has it, so that no team can reach anything in it.
    """

    label: int
    name: str
    values: tuple[ClassValue, ...]
    pixels: int | None = None
    absent: bool = False

    @property
    def is_background(self) -> bool:
        return self.label == 0

    @property
    def pixels_text(self) -> str:
        return DASH if self.pixels is None else f"{self.pixels:,}"

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
        return round(first - second, 2)

    @property
    def difference_text(self) -> str:
        return DASH if self.difference is None else signed(self.difference)

    @property
    def spread(self) -> float | None:
        """The best value minus the worst."""
        return round(max(self.numbers) - min(self.numbers), 2) if self.comparable else None

    @property
    def spread_text(self) -> str:
        return DASH if self.spread is None else f"{self.spread:.2f}"

    @property
    def disjoint(self) -> bool:
        """Whether the intervals of the two do not overlap."""
        if self.difference is None or not all(value.interval for value in self.values):
            return False
        one, other = self.values
        return float(one.low) > float(other.high) or float(other.low) > float(one.high)


def signed(points: float) -> str:
    """A difference as printed: with its sign, and a true minus."""
    return f"{points:+.2f}".replace("-", "−") if points else "0.00"


@dataclass(frozen=True)
class WinsAndLosses:
    """How many classes the first of two teams wins, ties and loses; a tie prints the same number.

    In `disjoint` of the wins and losses the intervals do not overlap; None where there are no intervals.
    """

    wins: int
    ties: int
    losses: int
    skipped: int
    disjoint: int | None


def wins_and_losses(rows: Sequence[ClassRow]) -> WinsAndLosses:
    """Count over all classes but the background; a class in which a team has no value is skipped."""
    classes = [row for row in rows if not row.is_background]
    differences = [row.difference for row in classes if row.difference is not None]
    has_intervals = any(value.interval for row in classes for value in row.values)
    return WinsAndLosses(
        wins=sum(difference > 0 for difference in differences),
        ties=differences.count(0),
        losses=sum(difference < 0 for difference in differences),
        skipped=len(classes) - len(differences),
        disjoint=sum(row.disjoint for row in classes) if has_intervals else None,
    )


PerClass = Sequence[Mapping[str, Any]]  # an evaluation's list of {"label", "iou", "accuracy", "pixels"}


def build_rows(
    tables: Sequence[PerClass], bands: Sequence[Bounds | None], names: Mapping[int, str]
) -> list[ClassRow]:
    """A row per class from one table and one band per team."""
    values = [_values(table, band) for table, band in zip(tables, bands, strict=True)]
    by_label = {entry["label"]: entry for table in tables for entry in table}
    return [
        ClassRow(
            label=label,
            name=names.get(label, f"class {label}"),
            values=tuple(of_team.get(label, ClassValue()) for of_team in values),
            pixels=entry.get("pixels"),
            absent=entry["accuracy"] is None,
        )
        for label, entry in sorted(by_label.items())
    ]


def _values(table: PerClass, band: Bounds | None) -> dict[int, ClassValue]:
    missing = [None] * len(table)
    low, high = (band.low, band.high) if band else (missing, missing)
    return {
        entry["label"]: ClassValue(*map(_printed, (entry["iou"], *ends)))
        for entry, *ends in zip(table, low, high, strict=True)
    }


def _printed(fraction: float | None) -> str | None:
    return None if fraction is None else percent(fraction)


@dataclass(frozen=True)
class SortOrder:
    """A way to sort; rows without a value come last in both directions."""

    title: str
    key: Callable[[ClassRow], Any]
    largest_first: bool = False
    needs_two_teams: bool = False
    directions: tuple[tuple[str, str], ...] = (("-", "largest first"), ("", "smallest first"))

    def sorted(self, rows: Sequence[ClassRow], *, descending: bool) -> list[ClassRow]:
        with_value = [row for row in rows if self.key(row) is not None]
        without = [row for row in rows if self.key(row) is None]
        return sorted(with_value, key=self.key, reverse=descending) + without


def _first_value(row: ClassRow) -> float | None:
    return row.values[0].number if row.values else None


SORT_ORDERS = {
    "label": SortOrder(
        "Label", lambda row: row.label, directions=(("", "smallest first"), ("-", "largest first"))
    ),
    "name": SortOrder("Class", lambda row: row.name.casefold(), directions=(("", "A to Z"), ("-", "Z to A"))),
    "iou": SortOrder("IoU", _first_value, largest_first=True),
    "difference": SortOrder("Difference", lambda row: row.difference, largest_first=True, needs_two_teams=True),
    "pixels": SortOrder("Pixels", lambda row: row.pixels, largest_first=True),
}


def sort_rows(rows: Sequence[ClassRow], sort: str) -> list[ClassRow]:
    """Sorted by a key of SORT_ORDERS, such as “iou”, or “-iou” for the largest first; by label for any other."""
    order = SORT_ORDERS.get(sort.removeprefix("-"), SORT_ORDERS["label"])
    return order.sorted(rows, descending=sort.startswith("-"))


def search_rows(rows: Sequence[ClassRow], text: str) -> list[ClassRow]:
    """The rows whose name contains the text, in any case, or whose label it is."""
    wanted = " ".join(text.split()).casefold()
    return [row for row in rows if wanted in row.name.casefold() or wanted == str(row.label)]


def largest_spread(rows: Sequence[ClassRow], count: int) -> list[ClassRow]:
    """The classes in which the teams differ most, most first; no background."""
    differing = [row for row in rows if row.spread and not row.is_background]
    return sorted(differing, key=lambda row: -row.spread)[:count]
