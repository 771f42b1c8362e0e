"""The rows of a board's table, rendered once each, with the values by which a reader may sort and search them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from unicodedata import category, normalize
from uuid import UUID

from django.template.loader import render_to_string

from evaluator.contract import Metric
from leaderboard.ranking.standings import Standing
from leaderboard.sorting import SortKey
from leaderboard.table.rank_strip import rank_strip
from server.tracks.models import Phase

BADGE_PLACEHOLDER = "<!--your-team-->"


@dataclass(frozen=True)
class Column:
    """A column of the table. `kind` says how its cells are compared: number, moment or text."""

    key: str
    title: str
    kind: str = "number"
    unit: str = ""
    first_direction: str = "desc"  # of a reader's first click on its header

    @property
    def css_class(self) -> str:
        return "n" if self.kind == "number" and self.key != "rank" else self.key


RANK = Column("rank", "Rank", first_direction="asc")
TEAM = Column("team", "Team", "text", first_direction="asc")
HANDED_IN = Column("submitted", "Submitted", "moment")
PARAMETERS = Column("parameters", "Parameters", first_direction="asc")
MARKS = Column("marks", "Marks", "text", first_direction="asc")


@dataclass(frozen=True)
class RenderedRow:
    """A row as HTML. It is sorted by `sort_keys`, by column, and searched in `search_text`."""

    html: str
    team: UUID
    sort_keys: Mapping[str, SortKey]
    search_text: str

    def render(self, *, hidden: bool, badge: str) -> str:
        """The row for one reader, with a badge for their own team's; a team's key would reveal its pseudonym."""
        html = self.html
        if badge:
            html = html.replace('class="', 'class="own ', 1).replace(BADGE_PLACEHOLDER, badge)
        return html.replace("<tr ", "<tr hidden ", 1) if hidden else html


def columns_of(rows: Sequence[Standing], metrics: Iterable[Metric]) -> tuple[Column, ...]:
    """The table's columns in their order; a column in which no row has a value is left out."""
    numbers = map(_number_column, metrics)
    any_parameters, any_marks = any(row.parameters is not None for row in rows), any(row.marks for row in rows)
    return (RANK, TEAM, *numbers, HANDED_IN, *([PARAMETERS] * any_parameters), *([MARKS] * any_marks))


def _number_column(metric: Metric) -> Column:
    """A first click on its header sorts the best first."""
    first = "asc" if metric.higher_is_better is False else "desc"
    return Column(metric.key, metric.title, unit=metric.unit, first_direction=first)


def render_rows(rows: Sequence[Standing], phase: Phase, columns: Iterable[Column]) -> tuple[RenderedRow, ...]:
    keys = {column.key for column in columns}
    ranked = sum(row.rank is not None for row in rows)
    return tuple(_render_row(row, number, ranked, phase, keys) for number, row in enumerate(rows, 1))


def _render_row(row: Standing, number: int, ranked: int, phase: Phase, columns: set[str]) -> RenderedRow:
    rank = row.interval and row.interval.rank
    context = {
        "row": row,
        "number": number,
        "phase": phase,
        "columns": columns,
        "parameters": in_millions(row.parameters),
        "strip": rank and rank_strip(rank, ranked),
    }
    html = render_to_string("leaderboard/table/row.html", context)
    return RenderedRow(html, row.team.pk, sort_keys_of(row), folded(f"{row.name} {row.affiliation}"))


def sort_keys_of(row: Standing) -> dict[str, SortKey]:
    """The row's sort key in each column: numbers as they are printed, None for a missing value."""
    return {
        "rank": row.rank,
        "team": folded(row.name),
        **{metric.key: metric.printed(row.evaluation.score(metric.key)) for metric in row.columns},
        "submitted": row.submission.received_at,
        "parameters": row.parameters,
        "marks": folded(" ".join(mark.get_verdict_display() for mark in row.marks)) or None,
    }


def in_millions(count: int | None) -> str:
    """A number of parameters as printed: 25600000 as 25.6M, fewer than 100000 in full."""
    if count is None:
        return "–"
    return f"{count / 1e6:,.1f}M" if count >= 100_000 else f"{count:,}"


def folded(text: str) -> str:
    """The text without case, width and diacritics."""
    plain = (letter for letter in normalize("NFKD", text) if category(letter)[0] != "M")
    return "".join(plain).upper()
