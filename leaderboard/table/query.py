"""How a reader wants a board's table: its order, whom they look for, which columns; all of it in the address."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from leaderboard.table.rows import RANK, TEAM, Column, Line, folded
from server.moments import to_the_second

ASKED = {"find", "sort", "dir", "show"}
LONGEST_SEARCH = 100
DIRECTIONS = ("asc", "desc")


@dataclass(frozen=True)
class Head:
    """A column's head: how the table is ordered by it now, and where a reader orders it so or the other way."""

    column: Column
    place: int
    shown: bool
    sorted: str
    address: str


@dataclass(frozen=True)
class Reading:
    """What is asked of a table. What is asked amiss, or by a column it does not have, is not asked."""

    columns: tuple[Column, ...] = ()
    order: Column = RANK
    direction: str = RANK.first
    find: str = ""
    left_out: frozenset[str] = frozenset()
    at: datetime | None = None

    @property
    def by_rank(self) -> bool:
        return (self.order, self.direction) == (RANK, RANK.first)

    @property
    def whole(self) -> bool:
        """The table as everybody gets it."""
        return self.by_rank and not self.find and not self.left_out

    @property
    def way(self) -> str:
        """The direction in words."""
        words = {"number": "lowest highest", "moment": "oldest newest", "text": "A Z"}[self.order.kind].split()
        return f"{words[self.direction == 'desc']} first"

    def ordered(self, lines: Sequence[Line]) -> list[Line]:
        """In the order of the rank where keys are equal; what has none stands last in both directions."""
        if self.by_rank:
            return list(lines)
        key = self.order.key
        told = [line for line in lines if line.keys[key] is not None]
        told.sort(key=lambda line: line.keys[key], reverse=self.direction == "desc")
        return told + [line for line in lines if line.keys[key] is None]

    def finds(self, line: Line) -> bool:
        return all(word in line.text for word in folded(self.find).split())

    def heads(self) -> Iterator[Head]:
        for place, column in enumerate(self.columns, 2):  # the first is for ticks
            here = column == self.order
            yield Head(
                column,
                place,
                column.key not in self.left_out,
                f"{self.direction}ending" if here else "",
                self.address(order=column, direction=self._next(column)),
            )

    def _next(self, column: Column) -> str:
        other = DIRECTIONS[self.direction == "asc"]
        return other if column == self.order else column.first

    def address(self, **changes: Any) -> str:
        """The query that asks for this with the changes; "?" for the table as everybody gets it."""
        return f"?{urlencode(replace(self, **changes).fields())}"

    def fields(self) -> list[tuple[str, str]]:
        asked = [("at", to_the_second(self.at))] if self.at else []
        asked += [("find", self.find)] if self.find else []
        asked += [] if self.by_rank else [("sort", self.order.key), ("dir", self.direction)]
        shown = [("show", column.key) for column in self.columns if column.key not in self.left_out]
        return asked + (shown if self.left_out else [])


def asked(query: QueryDict, columns: tuple[Column, ...], at: datetime | None) -> Reading:
    """What the query asks of a table with these columns, as far as it makes sense."""
    order = next((column for column in columns if column.key == query.get("sort")), RANK)
    direction = query.get("dir")
    all_keys = {column.key for column in columns}
    shown = all_keys & {*query.getlist("show")}
    return Reading(
        columns,
        order,
        direction if direction in DIRECTIONS else order.first,
        " ".join(query.get("find", "").split())[:LONGEST_SEARCH],
        frozenset(all_keys - shown - {TEAM.key} if shown else ()),
        at,
    )
