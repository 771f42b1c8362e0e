"""Classes beside each other: what one to five teams reached in each, sorted, and who is ahead. No database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from server.tracks.metrics import percent

DASH = "–"


class Bounds(Protocol):
    """Of what each class came to: the ends of its interval, as fractions."""

    low: Sequence[float | None]
    high: Sequence[float | None]


@dataclass(frozen=True)
class Value:
    """What one team reached in one class, in percent as printed; None where it is undefined or not known."""

    printed: str | None = None
    low: str | None = None
    high: str | None = None

    @property
    def number(self) -> float | None:
        return None if self.printed is None else float(self.printed)

    @property
    def interval(self) -> str:
        """None where it has no width: then a single image has the class, and nothing is known of others."""
        return f"{self.low}–{self.high}" if self.low and self.high and self.low != self.high else ""


@dataclass(frozen=True)
class Line:
    """One class with the value of each team, in the teams' order.

    `absent`: no pixel of the truth has it, so that no team can reach anything in it.
    """

    label: int
    name: str
    values: tuple[Value, ...]
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
        """By how much the first is ahead of the second, of the printed numbers."""
        if len(self.values) != 2 or not self.comparable:
            return None
        first, second = self.numbers
        return round(first - second, 2)

    @property
    def difference_text(self) -> str:
        return DASH if self.difference is None else signed(self.difference)

    @property
    def spread(self) -> float | None:
        """How far the best and the worst are apart."""
        return round(max(self.numbers) - min(self.numbers), 2) if self.comparable else None

    @property
    def spread_text(self) -> str:
        return DASH if self.spread is None else f"{self.spread:.2f}"

    @property
    def apart(self) -> bool:
        """Whether the intervals of the two do not meet."""
        if self.difference is None or not all(value.interval for value in self.values):
            return False
        one, other = self.values
        return float(one.low) > float(other.high) or float(other.low) > float(one.high)


def signed(points: float) -> str:
    """A difference as readers see it, with a true minus."""
    return f"{points:+.2f}".replace("-", "−") if points else "0.00"


@dataclass(frozen=True)
class Duel:
    """How many classes the first of two teams wins, ties and loses; a tie prints the same number.

    In `sure` of the wins and losses the two intervals do not meet; None where there are no intervals.
    """

    wins: int
    ties: int
    losses: int
    left_out: int
    sure: int | None


def duel(lines: Sequence[Line]) -> Duel:
    """Count over all classes; the background is none, and what one of them has no value for is left out."""
    classes = [line for line in lines if not line.is_background]
    differences = [line.difference for line in classes if line.difference is not None]
    known = any(value.interval for line in classes for value in line.values)
    return Duel(
        wins=sum(difference > 0 for difference in differences),
        ties=differences.count(0),
        losses=sum(difference < 0 for difference in differences),
        left_out=len(classes) - len(differences),
        sure=sum(line.apart for line in classes) if known else None,
    )


Rows = Sequence[Mapping[str, Any]]


def lines_of(tables: Sequence[Rows], bands: Sequence[Bounds | None], names: Mapping[int, str]) -> list[Line]:
    """A line per class from what each evaluation says of its classes, one table and one band a team."""
    teams = list(zip(tables, bands, strict=True))
    values = [_values(rows, band) for rows, band in teams]
    facts = {row["label"]: row for rows in tables for row in rows}
    return [
        Line(
            label=label,
            name=names.get(label, f"class {label}"),
            values=tuple(of_team.get(label, Value()) for of_team in values),
            pixels=row.get("pixels"),
            absent=row["accuracy"] is None,
        )
        for label, row in sorted(facts.items())
    ]


def _values(rows: Rows, band: Bounds | None) -> dict[int, Value]:
    nothing = [None] * len(rows)
    low, high = (band.low, band.high) if band else (nothing, nothing)
    return {
        row["label"]: Value(*map(_printed, (row["iou"], *ends)))
        for row, *ends in zip(rows, low, high, strict=True)
    }


def _printed(fraction: float | None) -> str | None:
    return None if fraction is None else percent(fraction)


Key = Callable[[Line], Any]


@dataclass(frozen=True)
class Order:
    """A way to sort; what it is not defined for comes last, both ways round."""

    title: str
    key: Key
    largest_first: bool = False
    of_two: bool = False
    ways: tuple[tuple[str, str], ...] = (("-", "largest first"), ("", "smallest first"))

    def sort(self, lines: Sequence[Line], *, descending: bool) -> list[Line]:
        defined = [line for line in lines if self.key(line) is not None]
        rest = [line for line in lines if self.key(line) is None]
        return sorted(defined, key=self.key, reverse=descending) + rest


def _first_value(line: Line) -> float | None:
    return line.values[0].number if line.values else None


ORDERS = {
    "label": Order("Label", lambda line: line.label, ways=(("", "smallest first"), ("-", "largest first"))),
    "name": Order("Class", lambda line: line.name.casefold(), ways=(("", "A to Z"), ("-", "Z to A"))),
    "iou": Order("IoU", _first_value, largest_first=True),
    "difference": Order("Difference", lambda line: line.difference, largest_first=True, of_two=True),
    "pixels": Order("Pixels", lambda line: line.pixels, largest_first=True),
}


def sort(lines: Sequence[Line], wish: str) -> list[Line]:
    """In the order of a wish such as “iou”, or “-iou” for the largest first; by label where it is none."""
    order = ORDERS.get(wish.removeprefix("-"), ORDERS["label"])
    return order.sort(lines, descending=wish.startswith("-"))


def search(lines: Sequence[Line], text: str) -> list[Line]:
    """Those whose name has the text in it, or whose label it is."""
    sought = " ".join(text.split()).casefold()
    return [line for line in lines if sought in line.name.casefold() or sought == str(line.label)]


def widest(lines: Sequence[Line], count: int) -> list[Line]:
    """The classes in which the teams differ most, most first."""
    differing = [line for line in lines if line.spread and not line.is_background]
    return sorted(differing, key=lambda line: -line.spread)[:count]
