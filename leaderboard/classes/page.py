"""What the classes page tells: the classes of one row of a board, or of two beside each other, as asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from urllib.parse import urlencode

from django.utils import timezone

from leaderboard.classes.rows import ORDERS, Duel, Line, Order, duel, lines_of, search, sort
from leaderboard.intervals.queries import Certainty, certainty_of
from leaderboard.ranking.standings import Standing, standings
from server.accounts.models import User
from server.moments import to_the_second
from server.submissions.models import Evaluation
from server.tracks.models import Phase


class NoSuchRow(Exception):
    """What was asked for stands on no row that this reader sees; the message says what to do."""

    def __init__(self) -> None:
        super().__init__(
            "This board shows no such row; perhaps the team stands on another submission now. "
            "Choose from the list."
        )


@dataclass(frozen=True)
class Heading:
    """A column to sort by: what a click asks for, and how it is sorted now."""

    title: str
    query: str
    sorted: str


@dataclass(frozen=True)
class ClassPage:
    """`teams` are the one or two rows that are shown of `rows`, and `every` has all classes."""

    phase: Phase
    at: datetime | None
    rows: Sequence[Standing]
    teams: Sequence[Standing]
    every: Sequence[Line]
    wish: str = "label"
    text: str = ""

    @cached_property
    def lines(self) -> list[Line]:
        """What is shown, in its order."""
        return search(self.sorted, self.text)

    @cached_property
    def sorted(self) -> list[Line]:
        return sort(self.every, self.wish)

    @property
    def shown(self) -> set[int]:
        return {line.label for line in self.lines}

    @property
    def duel(self) -> Duel | None:
        return duel(self.every) if len(self.teams) == 2 else None

    @property
    def query(self) -> str:
        return self.asking(self.wish)

    def asking(self, wish: str) -> str:
        """The query of this very page in another order."""
        teams = dict(zip(("team", "against"), (str(row.evaluation.pk) for row in self.teams), strict=False))
        asked = teams | {"sort": wish, "q": self.text, "at": to_the_second(self.at) if self.at else ""}
        return urlencode({name: value for name, value in asked.items() if value})

    @property
    def sure(self) -> bool:
        return any(value.interval for line in self.every for value in line.values)

    @property
    def orders(self) -> dict[str, Order]:
        return {name: order for name, order in ORDERS.items() if self.duel or not order.of_two}

    @property
    def wishes(self) -> dict[str, str]:
        """Each order, both ways round, in words."""
        each = ((name, order, *way) for name, order in ORDERS.items() for way in order.ways)
        return {sign + name: f"{order.title}, {words}" for name, order, sign, words in each}

    @property
    def headings(self) -> dict[str, Heading]:
        return {name: self._heading(name) for name in self.orders}

    def _heading(self, name: str) -> Heading:
        order, both = ORDERS[name], (name, f"-{name}")
        there = self.wish in both
        wish = both[self.wish == name] if there else both[order.largest_first]
        return Heading(
            order.title, self.asking(wish), {name: "ascending", f"-{name}": "descending"}.get(self.wish, "")
        )


def may_see(phase: Phase, reader: User | None) -> bool:
    """Whether this reader is told what each class came to, now."""
    return phase.shows_details(timezone.now()) or (reader is not None and reader.is_staff)


def class_page(
    phase: Phase, at: datetime | None, query: Mapping[str, str], reader: User | None = None
) -> ClassPage:
    """The page as asked for, empty where this reader may not see it or nothing is there. NoSuchRow."""
    unveiled = reader is not None and reader.is_staff
    rows = standings(phase, at=at, unveiled=unveiled) if may_see(phase, reader) else []
    if not rows:
        return ClassPage(phase, at, (), (), ())
    teams, wish = _teams(rows, query), query.get("sort", "")
    every = class_lines(phase, teams, certainty_of(phase, rows, at=at))
    known = wish if wish.removeprefix("-") in ORDERS else "label"
    return ClassPage(phase, at, rows, teams, every, known, query.get("q", "")[:100])


def _teams(rows: Sequence[Standing], query: Mapping[str, str]) -> list[Standing]:
    first = query.get("team") or rows[0].evaluation.pk.hex
    return rows_of(rows, [key for key in (first, query.get("against")) if key])


def rows_of(rows: Sequence[Standing], keys: Sequence[str]) -> list[Standing]:
    """The rows of these evaluations, each once and in the order asked for. NoSuchRow."""
    by_key = {row.evaluation.pk.hex: row for row in rows}
    try:
        return [by_key[key] for key in dict.fromkeys(key.replace("-", "").lower() for key in keys)]
    except KeyError as error:
        raise NoSuchRow from error


def class_lines(phase: Phase, teams: Sequence[Standing], certainty: Certainty | None) -> list[Line]:
    """The classes of these teams, with their intervals where those are known."""
    keys = [row.evaluation.pk for row in teams]
    tables = dict(Evaluation.objects.filter(pk__in=keys).values_list("pk", "per_class"))
    bands = certainty.bands(keys) if certainty else {}
    of_each = [bands.get(key, {}).get("per_class_iou") for key in keys]
    return lines_of([tables[key] or [] for key in keys], of_each, phase.track.names_of_classes)
