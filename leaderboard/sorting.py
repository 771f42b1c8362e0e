"""Sorting of rows by values that some of them lack."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

SortKey = float | str | datetime | None  # of the rows of one table either numbers, texts or times
Row = TypeVar("Row")


def sorted_by(rows: Iterable[Row], key: Callable[[Row], SortKey], *, descending: bool) -> list[Row]:
    """The rows in the order of their keys, equal ones as before; those without a key last in both directions."""
    keyed = [(key(row), row) for row in rows]
    with_key = [(value, row) for value, row in keyed if value is not None]
    with_key.sort(key=lambda pair: pair[0], reverse=descending)
    return [row for _, row in with_key] + [row for value, row in keyed if value is None]
