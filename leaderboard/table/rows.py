"""The lines of a board's table, drawn once each, with what a reader may order, find and leave out of them."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from unicodedata import category, normalize

from django.template.loader import render_to_string

from leaderboard.ranking.rank import printed
from leaderboard.ranking.standings import Standing
from server.tracks.metrics import Metric
from server.tracks.models import Phase

PLACE_OF_BADGE = "<!--yours-->"
Key = float | str | datetime | None


@dataclass(frozen=True)
class Column:
    """A column of the table. `kind` says how its cells are compared: number, moment or text."""

    key: str
    title: str
    kind: str = "number"
    unit: str = ""
    first: str = "desc"  # the direction that comes first where a reader orders by it


RANK = Column("rank", "Rank", first="asc")
TEAM = Column("team", "Team", "text", first="asc")
HANDED_IN = Column("handed_in", "Handed in", "moment")
PARAMETERS = Column("parameters", "Parameters", first="asc")
MARKS = Column("marks", "Marks", "text", first="asc")


@dataclass(frozen=True)
class Line:
    """A row as it is drawn; `keys` are what it is ordered by, `text` is where it is found."""

    html: str
    team: Hashable
    keys: Mapping[str, Key]
    text: str

    def drawn(self, *, hidden: bool, badge: str) -> str:
        """The row as one reader sees it; a badge marks it as their team's. A team's key in it would unmask it."""
        html = self.html
        if badge:
            html = html.replace('class="', 'class="own ', 1).replace(PLACE_OF_BADGE, badge)
        return html.replace("<tr ", "<tr hidden ", 1) if hidden else html


def columns_of(rows: Sequence[Standing], metrics: Iterable[Metric]) -> tuple[Column, ...]:
    """The columns in their order; what no row has is no column."""
    numbers = [Column(metric.key, metric.title, unit=metric.unit) for metric in metrics]
    sized, marked = any(row.parameters is not None for row in rows), any(row.marks for row in rows)
    return (RANK, TEAM, *numbers, HANDED_IN, *([PARAMETERS] * sized), *([MARKS] * marked))


def lines_of(rows: Sequence[Standing], phase: Phase, columns: Iterable[Column]) -> tuple[Line, ...]:
    keys = {column.key for column in columns}
    return tuple(_line(row, number, phase, keys) for number, row in enumerate(rows, 1))


def _line(row: Standing, number: int, phase: Phase, columns: set[str]) -> Line:
    size = in_millions(row.parameters)
    context = {"row": row, "number": number, "phase": phase, "columns": columns, "size": size}
    html = render_to_string("leaderboard/table/row.html", context)
    return Line(html, row.team.pk, keys_of(row), folded(f"{row.affiliation} {row.name}"))


def keys_of(row: Standing) -> dict[str, Key]:
    """What each column orders the row by: numbers as they are printed, None for what is not there."""
    numbers = {metric.key: printed(metric, row.evaluation.scores.get(metric.key)) for metric in row.columns}
    return {
        "rank": row.rank,
        "team": folded(row.affiliation or row.name),
        **{key: text and float(text) for key, text in numbers.items()},
        "handed_in": row.submission.received_at,
        "parameters": row.parameters,
        "marks": folded(" ".join(mark.get_verdict_display() for mark in row.marks)) or None,
    }


def in_millions(count: int | None) -> str:
    """25600000 as 25.6M, the way it may be handed in; few are counted."""
    if count is None:
        return "–"
    return f"{count / 1e6:,.1f}M" if count >= 100_000 else f"{count:,}"


def folded(text: str) -> str:
    """The text without case, width and diacritics; table.js does the same."""
    plain = (letter for letter in normalize("NFKD", text) if category(letter)[0] != "M")
    return "".join(plain).upper()
