"""The input of every export: a board or a published table, frozen, with the metadata that identifies it."""

import json
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Self

from evaluator.contract import CONFIDENCE_PERCENT, UNDEFINED, Metric
from leaderboard.classes.rows import ClassRow
from leaderboard.figures.axes import Axes
from leaderboard.figures.curve import WHOLE, Window
from leaderboard.significance.matrix import SignificanceMap

SCORE_METHOD = f"{CONFIDENCE_PERCENT} % confidence intervals by the delete-one jackknife over the images"
RANK_METHOD = f"spans of ranks hold for all rows at once at {CONFIDENCE_PERCENT} % (max-t over all pairs)"
DASH = UNDEFINED  # stands for a missing affiliation, too
NAME_COLUMNS = (("team", "Team"), ("affiliation", "Affiliation"))
PAPER_NAME_COLUMNS = (("affiliation", "Team"), ("team", "Username"))  # as the paper's tables have them


@dataclass(frozen=True)
class Column:
    """A column of numbers as printed. Of published tables neither decimals nor direction are known."""

    key: str
    title: str
    unit: str = ""
    decimals: int | None = None
    higher_is_better: bool | None = None

    @classmethod
    def of(cls, metric: Metric) -> Self:
        return cls(metric.key, metric.title, metric.unit, metric.decimals, metric.higher_is_better)

    @property
    def heading(self) -> str:
        return f"{self.title} ({self.unit})" if self.unit else self.title


@dataclass(frozen=True)
class Mark:
    """A badge of a row, such as "disqualified", with the reason where boards show it."""

    text: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.text}: {self.reason}" if self.reason else self.text


@dataclass(frozen=True)
class Curve:
    """The curve of a row: its team and rank, the values at each x as printed, and the x of the best."""

    team: str
    rank: int | None
    printed: tuple[str, ...]
    peak_x: int
    palette_index: int | None = None  # gives colour and dash; None: by the order of the rows
    low: tuple[str, ...] = ()  # the ends of its interval, where they are asked for and known
    high: tuple[str, ...] = ()
    headline_interval: tuple[str, str] | None = None
    rank_interval: tuple[int, int] | None = None

    @property
    def peak(self) -> str:
        return self.printed[self.peak_x]

    @property
    def label(self) -> str:
        """Its text in a legend."""
        return f"{self.team} ({self.peak} at {self.peak_x})"

    @property
    def description(self) -> str:
        """Its label with what is known of its uncertainty."""
        ends = f", interval {'–'.join(self.headline_interval)}" if self.headline_interval else ""
        return f"{self.label}{ends}, rank {with_span(self.rank, self.rank_interval)}"


@dataclass(frozen=True)
class Row:
    """A row as readers see it; `affiliation` may be empty, `rank` is None where the row is not ranked."""

    rank: int | None
    team: str
    affiliation: str
    values: tuple[str, ...]
    submitted_at: str = ""
    parameters: int | None = None
    marks: tuple[Mark, ...] = ()
    intervals: tuple[tuple[str, str], ...] = ()  # the interval of each value as printed, or DASHes; or none at all
    rank_interval: tuple[int, int] | None = None
    may_be_best: bool | None = None  # None where its rank has no interval
    ranks: tuple[tuple[str, int], ...] = ()  # by each further metric alone, in the order of the columns

    @property
    def rank_text(self) -> str:
        return with_span(self.rank, self.rank_interval)

    @property
    def cells(self) -> list[tuple[str, tuple[str, str] | None]]:
        """Each value as printed, with its interval where it has one."""
        ends = [each if DASH not in each else None for each in self.intervals] or [None] * len(self.values)
        return list(zip(self.values, ends, strict=True))


@dataclass(frozen=True)
class Table:
    """A table under its file name. `as_of` is the time whose state it shows, empty where it never changes.

    `name_columns`: the attributes of a row that name its team, in their order and with their headings; `citation`:
    the BibTeX entry of a table that is not a board.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    metadata: dict[str, str | int]
    as_of: str = ""
    citation: str = ""
    name_columns: tuple[tuple[str, str], ...] = NAME_COLUMNS

    @property
    def name_headings(self) -> list[str]:
        return [heading for _, heading in self.name_columns]

    def names_of(self, row: Row) -> list[str]:
        """The row's team name and affiliation in the table's order."""
        return [getattr(row, key) for key, _ in self.name_columns]

    @property
    def has_intervals(self) -> bool:
        return any(row.intervals for row in self.rows)

    @property
    def has_rank_intervals(self) -> bool:
        return any(row.rank_interval for row in self.rows)

    @property
    def method(self) -> str:
        """How the intervals that the table has were computed, in one clause; empty where it has none."""
        ranks = f"; {RANK_METHOD}" if self.has_rank_intervals else ""
        return f"{SCORE_METHOD}{ranks}" if self.has_intervals else ""

    @property
    def content(self) -> str:
        """A hash of everything but the time: equal where nothing changed."""
        return sha256(json.dumps(asdict(replace(self, as_of="")), sort_keys=True).encode()).hexdigest()

    @property
    def all_metadata(self) -> dict[str, str | int]:
        uncertainty = {"uncertainty": self.method} if self.method else {}
        as_of = {"as_of": self.as_of} if self.as_of else {}
        return self.metadata | uncertainty | as_of | {"content": self.content[:12]}

    @property
    def metadata_lines(self) -> list[str]:
        return [f"{key.replace('_', ' ').capitalize()}: {value}" for key, value in self.all_metadata.items()]


@dataclass(frozen=True, kw_only=True)
class CurveTable(Table):
    """A board with the curves of some of its rows, in their order; `window` is the part that is drawn."""

    axes: Axes
    curves: tuple[Curve, ...]
    window: Window = WHOLE


@dataclass(frozen=True, kw_only=True)
class SignificanceTable(Table):
    """A board with the significance map of its ranked rows."""

    map: SignificanceMap


@dataclass(frozen=True)
class ClassTable(Table):
    """The classes of one or two rows, in the order and with the search of the page; one column, their metric."""

    classes: tuple[ClassRow, ...] = ()


def with_span(rank: int | None, span: tuple[int, int] | None) -> str:
    """A rank with its span, such as “2 (1–3)”; a dash where a row is not ranked."""
    if rank is None:
        return DASH
    return f"{rank} ({'–'.join(map(str, sorted(set(span))))})" if span else str(rank)


def plain(text: str) -> str:
    """Text on one line, without invisible characters and those that XML refuses."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
