"""The content of the classes page: the classes of one row of a board, or of two side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from urllib.parse import urlencode

from django.utils import timezone

from evaluator.contract import Metric, class_band
from leaderboard.classes.rows import (
    ClassRow,
    Margins,
    SortOrder,
    build_rows,
    search_rows,
    sort_orders,
    sort_rows,
)
from leaderboard.classes.wins import WinsAndLosses, wins_and_losses
from leaderboard.intervals.pair_words import BEYOND_THE_BEST, why_no_intervals
from leaderboard.intervals.queries import BoardIntervals, intervals_of
from leaderboard.ranking.standings import Standing, standings
from leaderboard.units import metric_in_unit
from server.accounts.models import User
from server.submissions.models import Evaluation
from server.time_format import format_iso
from server.tracks.models import Phase


class NoSuchRow(Exception):
    """The requested row is not one that this reader sees; the message says what to do."""

    def __init__(self) -> None:
        super().__init__(
            "This board shows no such row; perhaps the team stands on another submission now. "
            "Choose from the list."
        )


@dataclass(frozen=True)
class Header:
    """A column header: the query of its link, and how the column is sorted now."""

    title: str
    query: str
    sorted: str


@dataclass(frozen=True)
class ClassPage:
    """`teams` are the one or two chosen rows of the board's `standings`; `all_rows` has every class."""

    phase: Phase
    at: datetime | None
    standings: Sequence[Standing]
    teams: Sequence[Standing]
    all_rows: Sequence[ClassRow]
    sort: str = "label"
    search: str = ""
    why_no_intervals: str = ""  # of the differences of any two rows

    @property
    def metric(self) -> Metric:
        """What is shown of each class."""
        return self.phase.track.description.class_metrics[0]

    @property
    def metric_in_unit(self) -> str:
        return metric_in_unit(self.metric)

    @cached_property
    def rows(self) -> list[ClassRow]:
        """The rows that match the search, in order."""
        return search_rows(self.sorted_rows, self.search)

    @cached_property
    def sorted_rows(self) -> list[ClassRow]:
        return sort_rows(self.all_rows, self.sort)

    @property
    def shown_labels(self) -> set[int]:
        return {row.label for row in self.rows}

    @property
    def wins_and_losses(self) -> WinsAndLosses | None:
        return wins_and_losses(self.all_rows) if len(self.teams) == 2 else None

    @property
    def query(self) -> str:
        return self.query_for(self.sort)

    def query_for(self, sort: str) -> str:
        """The query of this page in another order."""
        keys = (str(row.evaluation.pk) for row in self.teams)
        teams = dict(zip(("team", "against"), keys, strict=False))
        parameters = teams | {"sort": sort, "q": self.search, "at": format_iso(self.at) if self.at else ""}
        return urlencode({name: value for name, value in parameters.items() if value})

    @property
    def has_intervals(self) -> bool:
        return any(value.interval for row in self.all_rows for value in row.values)

    @property
    def sort_orders(self) -> dict[str, SortOrder]:
        two_teams, orders = len(self.teams) == 2, sort_orders(self.metric)
        return {name: order for name, order in orders.items() if two_teams or not order.needs_two_teams}

    @property
    def sort_options(self) -> dict[str, str]:
        """The options of the sort select: every order in both directions, in words."""
        orders = sort_orders(self.metric).items()
        options = ((name, order, *each) for name, order in orders for each in order.directions)
        return {sign + name: f"{order.title}, {words}" for name, order, sign, words in options}

    @property
    def headers(self) -> dict[str, Header]:
        return {name: self._header(name) for name in self.sort_orders}

    def _header(self, name: str) -> Header:
        order, both = self.sort_orders[name], (name, f"-{name}")
        next_sort = both[self.sort == name] if self.sort in both else both[order.largest_first]
        current = {name: "ascending", f"-{name}": "descending"}.get(self.sort, "")
        return Header(order.title, self.query_for(next_sort), current)


def may_see_classes(phase: Phase, reader: User | None) -> bool:
    """Whether this reader may see the results of each class now."""
    return phase.shows_details(timezone.now()) or (reader is not None and reader.is_staff)


def class_page(
    phase: Phase, at: datetime | None, query: Mapping[str, str], reader: User | None = None
) -> ClassPage:
    """The page for a query; empty where this reader may not see it or no row stands. Raises NoSuchRow."""
    is_organiser = reader is not None and reader.is_staff
    rows = standings(phase, at=at, include_hidden=is_organiser) if may_see_classes(phase, reader) else []
    if not rows:
        return ClassPage(phase, at, (), (), ())
    teams, sort = _teams(rows, query), query.get("sort", "")
    intervals = intervals_of(phase, rows, at=at)
    all_rows = load_class_rows(phase, teams, intervals, _margins(teams, intervals))
    page = ClassPage(phase, at, rows, teams, all_rows, search=query.get("q", "")[:100])
    page = replace(page, why_no_intervals=why_no_intervals(intervals) or BEYOND_THE_BEST)
    return replace(page, sort=sort) if sort.removeprefix("-") in sort_orders(page.metric) else page


def _teams(rows: Sequence[Standing], query: Mapping[str, str]) -> list[Standing]:
    first = query.get("team") or rows[0].evaluation.pk.hex
    return rows_by_key(rows, [key for key in (first, query.get("against")) if key])


def rows_by_key(rows: Sequence[Standing], keys: Sequence[str]) -> list[Standing]:
    """The rows of the evaluations with these keys, each once, in the order of the keys. Raises NoSuchRow."""
    by_key = {row.evaluation.pk.hex: row for row in rows}
    try:
        return [by_key[key] for key in dict.fromkeys(key.replace("-", "").lower() for key in keys)]
    except KeyError as error:
        raise NoSuchRow from error


def _margins(teams: Sequence[Standing], intervals: BoardIntervals | None) -> Margins | None:
    """Half the widths of the paired intervals of two teams' differences; None where they are not known."""
    pair = intervals.pair(*(row.evaluation.pk for row in teams)) if intervals and len(teams) == 2 else None
    return pair.class_margins if pair else None


def load_class_rows(
    phase: Phase,
    teams: Sequence[Standing],
    intervals: BoardIntervals | None,
    margins: Margins | None = None,
) -> list[ClassRow]:
    """The class rows of these teams, with the intervals that are known."""
    description = phase.track.description
    metric = description.class_metrics[0]
    keys = [row.evaluation.pk for row in teams]
    tables = dict(Evaluation.objects.filter(pk__in=keys).values_list("pk", "per_class"))
    bands = intervals.bands(keys) if intervals else {}
    per_team = [bands.get(key, {}).get(class_band(metric)) for key in keys]
    per_class = [tables[key] or [] for key in keys]
    names, styles = phase.track.names_of_classes, [row.style for row in teams]
    return build_rows(per_class, per_team, names, metric, description.background, styles=styles, margins=margins)
