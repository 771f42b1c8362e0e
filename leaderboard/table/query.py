"""A reader's query over a board's table: sort order, search, shown columns; all of it in the URL."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from leaderboard.sorting import sorted_by
from leaderboard.table.rows import RANK, TEAM, Column, RenderedRow, folded
from server.time_format import format_iso

QUERY_PARAMETERS = {"find", "sort", "dir", "show"}
LONGEST_SEARCH = 100
DIRECTIONS = ("asc", "desc")
DIRECTION_WORDS = {"number": ("lowest", "highest"), "moment": ("oldest", "newest"), "text": ("A", "Z")}


@dataclass(frozen=True)
class Header:
    """A column's header: how the table is sorted by it now, and the URL that sorts by it or reverses it."""

    column: Column
    index: int
    shown: bool
    sorted: str
    url: str


@dataclass(frozen=True)
class TableQuery:
    """What a query asks of a table. Unknown columns and malformed values are ignored."""

    columns: tuple[Column, ...] = ()
    sort: Column = RANK
    direction: str = RANK.first_direction
    search: str = ""
    hidden_columns: frozenset[str] = frozenset()
    at: datetime | None = None

    @property
    def by_rank(self) -> bool:
        return (self.sort, self.direction) == (RANK, RANK.first_direction)

    def status_text(self, matching: int, teams: int) -> str:
        """The search result and the order in words; empty for the whole table in rank order."""
        found = [f"{matching} of {teams} team{'' if teams == 1 else 's'}"] if self.search else []
        first = DIRECTION_WORDS[self.sort.kind][self.direction == "desc"]
        return ", ".join(found + ([] if self.by_rank else [f"by {self.sort.title}, {first} first"]))

    def sorted(self, rows: Sequence[RenderedRow]) -> list[RenderedRow]:
        """The rows in order: equal ones by rank, those without a value last in both directions."""
        if self.by_rank:
            return list(rows)
        return sorted_by(rows, lambda row: row.sort_keys[self.sort.key], descending=self.direction == "desc")

    def matches(self, row: RenderedRow) -> bool:
        return all(word in row.search_text for word in folded(self.search).split())

    def headers(self) -> Iterator[Header]:
        for index, column in enumerate(self.columns, 2):  # the first is for checkboxes
            current = column == self.sort
            yield Header(
                column,
                index,
                column.key not in self.hidden_columns,
                f"{self.direction}ending" if current else "",
                self.url(sort=column, direction=self._next_direction(column)),
            )

    def _next_direction(self, column: Column) -> str:
        other = DIRECTIONS[self.direction == "asc"]
        return other if column == self.sort else column.first_direction

    def url(self, **changes: Any) -> str:
        """The relative URL of this query with the changes; "?" for the default table."""
        return f"?{urlencode(replace(self, **changes).parameters())}"

    def parameters(self) -> list[tuple[str, str]]:
        pairs = [("at", format_iso(self.at))] if self.at else []
        pairs += [("find", self.search)] if self.search else []
        pairs += [] if self.by_rank else [("sort", self.sort.key), ("dir", self.direction)]
        shown = [("show", column.key) for column in self.columns if column.key not in self.hidden_columns]
        return pairs + (shown if self.hidden_columns else [])


def parse_query(query: QueryDict, columns: tuple[Column, ...], at: datetime | None) -> TableQuery:
    """What the query asks of a table with these columns."""
    sort = next((column for column in columns if column.key == query.get("sort")), RANK)
    direction = query.get("dir")
    all_keys = {column.key for column in columns}
    shown = all_keys & {*query.getlist("show")}
    return TableQuery(
        columns,
        sort,
        direction if direction in DIRECTIONS else sort.first_direction,
        " ".join(query.get("find", "").split())[:LONGEST_SEARCH],
        frozenset(all_keys - shown - {TEAM.key} if shown else ()),
        at,
    )
