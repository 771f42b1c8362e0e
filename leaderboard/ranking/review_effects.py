"""What a review or a disqualified team, or its undoing, would do to a board, in words."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from uuid import UUID

from leaderboard.models import Review
from leaderboard.ranking.rank import Candidate, RankedCandidate, rank_candidates
from leaderboard.ranking.snapshot import Snapshot, snapshot_of
from server.submissions.models import Submission
from server.teams.models import Team

NO_CHANGE = "No rank changes."


def effects_of(submission: Submission, verdicts: frozenset[str]) -> tuple[str, ...]:
    """Return what the board would look like if these verdicts were all that are in force, as sentences."""
    snapshot = snapshot_of(submission.phase, None, include_hidden=True)
    evaluation = snapshot.evaluations.filter(submission=submission).first() if snapshot else None
    if snapshot is None or evaluation is None:
        return ("The board does not show this submission, so nothing changes there.",)
    if submission.team_id in snapshot.disqualified:
        verdicts |= {Review.Verdict.DISQUALIFIED}
    after = [_with(each, verdicts) if each.key == evaluation.pk else each for each in snapshot.candidates]
    return _effects(snapshot, after, submission.team)


def effects_on_team(snapshot: Snapshot, then: Snapshot, team: Team) -> tuple[str, ...]:
    """Return what changes for a team and the others where its disqualification changes the board, as sentences."""
    return _effects(snapshot, then.candidates, team)


def _effects(snapshot: Snapshot, after: list[Candidate], team: Team) -> tuple[str, ...]:
    old = _by_team(rank_candidates(snapshot.candidates, by_choice=snapshot.by_choice))
    new = _by_team(rank_candidates(after, by_choice=snapshot.by_choice))
    own = _own_effect(team.name, old.get(team.pk), new.get(team.pk))
    others = _moves((old[key].rank, new[key].rank) for key in old if key in new and key != team.pk)
    return (own, *others) if own or others else (NO_CHANGE,)


def _with(candidate: Candidate, verdicts: frozenset[str]) -> Candidate:
    return replace(candidate, verdicts=verdicts)


def _by_team(ranked: Iterable[RankedCandidate]) -> dict[UUID, RankedCandidate]:
    return {each.candidate.team: each for each in ranked}


def _own_effect(team: str, old: RankedCandidate | None, new: RankedCandidate | None) -> str:
    """Return what becomes of the team's row; empty where it stays as it is."""
    if old is None and new is None:
        return f"{team} stays without a row."
    if old is None:
        return f"{team} gets a row: {_place(new)}."
    if new is None:
        return f"{team} leaves {_place(old)} and the board: it has no other submission there."
    moves = f"{team} leaves {_place(old)}" if old.rank else f"The row of {team}, which has no rank"
    if old.candidate.key != new.candidate.key:
        return f"{moves}, and stands on another submission: {_place(new)}."
    if old.rank != new.rank:
        return f"{team} goes from {_place(old)} to {_place(new)}; its row stays."
    return f"{team} stays at {_place(old)}." if old.rank else f"The row of {team} stays without a rank."


def _place(row: RankedCandidate | None) -> str:
    return f"rank {row.rank}" if row and row.rank else "no rank"


def _moves(ranks: Iterable[tuple[int | None, int | None]]) -> list[str]:
    """Return how the other teams move, those side by side together: “Ranks 3–7 move up by one.”."""
    moved = sorted({(old, old - new) for old, new in ranks if old and new and old != new})
    runs = groupby(enumerate(moved), key=lambda each: (each[1][0] - each[0], each[1][1]))
    return [_move([rank for _, (rank, _) in run], up) for (_, up), run in runs]


def _move(ranks: list[int], up: int) -> str:
    who = f"Rank {ranks[0]} moves" if len(ranks) == 1 else f"Ranks {ranks[0]}–{ranks[-1]} move"
    by = "one" if abs(up) == 1 else abs(up)
    return f"{who} {'up' if up > 0 else 'down'} by {by}."
