"""Orders and searches of classes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evaluator.contract import Metric
from leaderboard.classes.rows import ClassRow
from leaderboard.sorting import SortKey, sorted_by


@dataclass(frozen=True)
class SortOrder:
    """A way to sort, by `sorted_by`."""

    title: str
    key: Callable[[ClassRow], SortKey]
    largest_first: bool = False
    needs_two_teams: bool = False
    directions: tuple[tuple[str, str], ...] = (("-", "largest first"), ("", "smallest first"))


def _first_value(row: ClassRow) -> float | None:
    return row.values[0].number if row.values else None


def sort_orders(metric: Metric) -> dict[str, SortOrder]:
    """The orders by their keys in a query; that of the values has the metric's. Best first comes first."""
    larger = metric.higher_is_better is not False
    return {
        "label": SortOrder(
            "Label", lambda row: row.label, directions=(("", "smallest first"), ("-", "largest first"))
        ),
        "name": SortOrder("Class", lambda row: row.name.casefold(), directions=(("", "A to Z"), ("-", "Z to A"))),
        metric.key: SortOrder(metric.title, _first_value, largest_first=larger),
        "difference": SortOrder(
            "Difference", lambda row: row.difference, largest_first=larger, needs_two_teams=True
        ),
        "pixels": SortOrder("Pixels", lambda row: row.pixels, largest_first=True),
    }


def sort_rows(rows: Sequence[ClassRow], sort: str) -> list[ClassRow]:
    """Sorted by a key of sort_orders, such as “iou”, or “-iou” for the largest first; by label for any other."""
    if not rows:
        return []
    orders = sort_orders(rows[0].metric)
    order = orders.get(sort.removeprefix("-"), orders["label"])
    return sorted_by(rows, order.key, descending=sort.startswith("-"))


def search_rows(rows: Sequence[ClassRow], text: str) -> list[ClassRow]:
    """The rows whose name contains the text, in any case, or whose label it is."""
    wanted = " ".join(text.split()).casefold()
    return [row for row in rows if wanted in row.name.casefold() or wanted == str(row.label)]


def largest_spread(rows: Sequence[ClassRow], count: int) -> list[ClassRow]:
    """The classes in which the teams differ most, most first; no background."""
    differing = [row for row in rows if row.spread and not row.is_background]
    return sorted(differing, key=lambda row: row.spread or 0, reverse=True)[:count]
