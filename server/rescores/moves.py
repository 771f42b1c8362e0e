"""Rank moves by a new rule: which teams change places, and whether these are significantly different."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from uuid import UUID

from leaderboard.intervals.values import RankInterval
from leaderboard.ranking.rank import RankedCandidate

MOST_NAMES = 5


@dataclass(frozen=True)
class Move:
    """A row whose rank moves: its new rank with its interval, and the teams that it passed or that passed it."""

    interval: RankInterval
    up: bool
    different: tuple[str, ...]  # the significantly different ones of these teams, best first
    alike: tuple[str, ...]

    @property
    def significant(self) -> bool | None:
        """Whether any of these teams is significantly different; None where there is none."""
        return bool(self.different) if self.different or self.alike else None

    @property
    def sentence(self) -> str:
        number = len(self.different) + len(self.alike)
        teams = "team" if number == 1 else "teams"
        who = f"{teams} it passed" if self.up else f"{teams} that passed it"
        if not number:
            return "passed no team"
        if not self.different:
            return f"not significantly different from the {who}"
        of = f"{len(self.different)} of the {number} " if self.alike else "the "
        more = f" and {len(self.different) - MOST_NAMES} more" if len(self.different) > MOST_NAMES else ""
        return f"significantly different from {of}{who}: {', '.join(self.different[:MOST_NAMES])}{more}"


@dataclass(frozen=True)
class _Row:
    """A team of the new board with its ranks; infinite before where it had none."""

    evaluation: UUID
    team: UUID
    before: float
    now: int
    interval: RankInterval


def moves_of(
    old: Sequence[RankedCandidate],
    new: Sequence[RankedCandidate],
    intervals: Mapping[UUID, RankInterval],
    names: Mapping[UUID, str],
) -> dict[UUID, Move]:
    """By evaluation, the moves of the rows of the new board; a team without a rank before came from below all."""
    before = {row.candidate.team: row.rank for row in old if row.rank is not None}
    rows = [
        _Row(key, row.candidate.team, before.get(row.candidate.team, inf), row.rank, intervals[key])
        for row in new
        if row.rank is not None and (key := row.candidate.key) in intervals
    ]
    return {row.evaluation: _move(row, rows, names) for row in rows}


def _move(row: _Row, rows: Sequence[_Row], names: Mapping[UUID, str]) -> Move:
    up = row.now < row.before
    passed = [*_passed(row, rows, up=up)]
    apart = [_significantly_different(row, other) for other in passed]
    told = [(names.get(other.team, "?"), yes) for other, yes in zip(passed, apart, strict=True)]
    different = tuple(name for name, yes in told if yes)
    return Move(row.interval, up, different, tuple(name for name, yes in told if not yes))


def _passed(row: _Row, rows: Sequence[_Row], *, up: bool) -> Iterator[_Row]:
    """The teams that it has passed, or drawn level with; down: those that did so with it."""
    for other in rows:
        if row.before == other.before == inf:
            continue
        then, now = _order(row.before, other.before), _order(row.now, other.now)
        if now < then if up else now > then:
            yield other


def _order(one: float, other: float) -> int:
    """-1 where the first is ahead, 0 where they are level."""
    return (one > other) - (one < other)


def _significantly_different(one: _Row, other: _Row) -> bool:
    """By the evaluator, which names teams by rank. As a shared rank may mean another team, both are asked."""
    return not (other.now in one.interval.indistinct and one.now in other.interval.indistinct)
