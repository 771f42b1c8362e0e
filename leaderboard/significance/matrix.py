"""The ranked teams of a board, pair by pair: which is significantly better than which. No database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from leaderboard.compare.pairs import Pair
from leaderboard.intervals.values import PairDifference
from leaderboard.ranking.standings import Standing

Pairs = Mapping[tuple[UUID, UUID], PairDifference]  # of evaluations, each both ways


class Relation(StrEnum):
    """How a team compares with another; the values are classes of the style sheet."""

    BETTER = "better"
    WORSE = "worse"
    ALIKE = "alike"

    @property
    def words(self) -> str:
        """Between two names, after “is”."""
        return WORDS[self]

    @property
    def mark(self) -> str:
        """Its shape on the page."""
        return MARKS[self]


WORDS = {
    Relation.BETTER: "significantly better than",
    Relation.WORSE: "significantly worse than",
    Relation.ALIKE: "not significantly different from",
}
MARKS = {Relation.BETTER: "▲", Relation.WORSE: "▼", Relation.ALIKE: "○"}


@dataclass(frozen=True)
class Cell:
    """One team beside another, which its evaluation's key names; in words, with the printed difference."""

    other: str
    relation: Relation
    text: str


@dataclass(frozen=True)
class TeamRow:
    """A team beside every team of the map, in the order of the board; None beside itself."""

    key: str  # its evaluation's
    rank: int
    name: str
    cells: tuple[Cell | None, ...]

    def others(self, relation: Relation) -> list[int]:
        """The places of the teams that have this relation to it."""
        return [place for place, cell in enumerate(self.cells) if cell and cell.relation == relation]


@dataclass(frozen=True)
class SignificanceMap:
    """The teams that are compared, of `ranked` on the board."""

    rows: tuple[TeamRow, ...]
    ranked: int
    title: str = "Significance map"


def significance_map(rows: Sequence[Standing], pairs: Pairs) -> SignificanceMap | None:
    """The map of a board's ranked rows that have pairs; None where fewer than two have."""
    ranked = [row for row in rows if row.rank is not None]
    compared = {key for key, _ in pairs}
    teams = [row for row in ranked if row.evaluation.pk in compared]
    if len(teams) < 2:
        return None
    return SignificanceMap(tuple(_row(place, teams, pairs) for place in range(len(teams))), len(ranked))


def _row(place: int, teams: Sequence[Standing], pairs: Pairs) -> TeamRow:
    one = teams[place]
    cells = [
        _cell(one, other, pairs.get((one.evaluation.pk, other.evaluation.pk)), ahead=place < index)
        for index, other in enumerate(teams)
    ]
    return TeamRow(str(one.evaluation.pk), one.rank or 0, one.name, tuple(cells))


def _cell(one: Standing, other: Standing, estimate: PairDifference | None, *, ahead: bool) -> Cell | None:
    """Of two that differ, the one that stands higher is the better: ranks are by the same numbers."""
    if estimate is None:
        return None
    relation = Relation.ALIKE
    if estimate.significantly_different:
        relation = Relation.BETTER if ahead else Relation.WORSE
    metric = one.columns[0]
    printed = metric.printed(one.headline), metric.printed(other.headline)
    pair = Pair(one.name, other.name, metric, printed, estimate)
    interval = f", interval {pair.interval}" if pair.interval else ""
    text = f"{one.name} is {relation.words} {other.name}: {pair.difference}{interval}"
    return Cell(str(other.evaluation.pk), relation, text)
