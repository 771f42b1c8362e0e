"""A phase's board by the rule that it follows and by the new one, as a re-score compares them."""

from dataclasses import dataclass, replace
from uuid import UUID

from leaderboard.intervals.queries import MAX_ROWS, hash_of
from leaderboard.intervals.selection import Selection
from leaderboard.ranking.rank import RankedCandidate, rank_candidates
from leaderboard.ranking.snapshot import Snapshot, snapshot_of
from server.rescores.models import Rescore
from server.tracks.models import Phase


@dataclass(frozen=True)
class Boards:
    """The rows of both boards, best first; `selection` is what is compared of the new one."""

    old: list[RankedCandidate]
    new: list[RankedCandidate]
    selection: Selection


def boards_of(rescore: Rescore, phase: Phase) -> Boards:
    snapshot = snapshot_of(phase, None, include_hidden=True)
    if snapshot is None or rescore.rule is None:
        return Boards(_rows(snapshot) if snapshot else [], [], Selection("", {}, {}))
    new = _rows(replace(snapshot, rule=rescore.rule))
    ranked = [row.candidate for row in new if row.rank is not None][:MAX_ROWS]
    teams = {candidate.key: candidate.team for candidate in ranked}
    return Boards(_rows(snapshot), new, Selection(hash_of(rescore.rule.pk, teams) if teams else "", teams, {}))


def ranks_of(rows: list[RankedCandidate]) -> dict[UUID, int | None]:
    """By evaluation."""
    return {row.candidate.key: row.rank for row in rows}


def _rows(snapshot: Snapshot) -> list[RankedCandidate]:
    return rank_candidates(snapshot.candidates, by_choice=snapshot.by_choice)
