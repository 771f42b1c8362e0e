"""What a run of an interval job computes: the board's ranked rows, and submissions that lack an interval."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from evaluator.contract import UNCERTAINTY_VERSION
from leaderboard.intervals.queries import inputs_of, rows_with_intervals
from leaderboard.models import Interval, IntervalJob
from leaderboard.ranking.rank import Candidate
from leaderboard.ranking.snapshot import Snapshot, snapshot_of
from leaderboard.ranking.standings import Standing, standings_from
from server.submissions.models import Evaluation
from server.tracks.models import Phase

MOST_FURTHER = 300  # submissions of a run besides the ranked ones; the next run computes the rest
# The evaluator compares the best 50 of a team's own: 3 x 9 + 20 + 1 are fewer.
NEW_OF_A_TEAM, LATEST_OF_A_TEAM = 9, 20


@dataclass(frozen=True)
class Selection:
    """Evaluations with their teams: the ranked ones of a board named by `inputs`, none if it has not changed."""

    inputs: str
    ranked: Mapping[UUID, UUID]
    further: Mapping[UUID, UUID]

    @property
    def keys(self) -> set[UUID]:
        return {*self.ranked, *self.further}

    @property
    def paths(self) -> list[Path]:
        """The files that the evaluator reads."""
        return [_path(key) for key in self.keys]

    @property
    def evaluator_list(self) -> list[dict[str, Any]]:
        """What the evaluator's `--list` reads."""
        teams = {**self.further, **self.ranked}
        return [
            {"name": str(key), "file": str(_path(key)), "team": str(team), "ranked": key in self.ranked}
            for key, team in teams.items()
        ]


def _path(evaluation: UUID) -> Path:
    return Evaluation(pk=evaluation).statistics_path


def count_lacking(phase: Phase) -> int:
    """How many scored submissions of the phase lack an interval; nothing is computed of hidden results."""
    snapshot = snapshot_of(phase, None)
    return _lacking(snapshot).count() if snapshot else 0


def select(job: IntervalJob, *, without_further: bool = False) -> Selection | None:
    """Choose what a run of this job computes now; None where there is nothing, or its results are hidden."""
    snapshot = snapshot_of(job.phase, None)
    if snapshot is None:
        return None
    standing = standings_from(snapshot)
    rows = rows_with_intervals(standing)
    if inputs_of(rows) == job.inputs:
        rows = []
    ranked = {row.evaluation.pk: row.submission.team_id for row in rows}
    further = {} if rows and without_further else _further(snapshot, standing, ranked)
    return Selection(inputs_of(rows), ranked, further) if ranked or further else None


def _lacking(snapshot: Snapshot) -> QuerySet[Evaluation]:
    return snapshot.evaluations.exclude(interval__version=UNCERTAINTY_VERSION)


def _further(snapshot: Snapshot, standing: Sequence[Standing], ranked: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
    """What lacks an interval, or ranks anew, with what it is compared with: of as many teams as a run takes."""
    ranked_anew = Interval.objects.filter(evaluation__in=ranked, rank_interval=None)
    new = {*_lacking(snapshot).values_list("pk", flat=True), *ranked_anew.values_list("evaluation", flat=True)}
    stands = {row.submission.team_id: row.evaluation.pk for row in standing}
    further: dict[UUID, UUID] = {}
    for team, own in _by_team(snapshot.candidates):
        chosen = dict.fromkeys(_of_team(own, new, stands.get(team)), team)
        if further and len(further) + len(chosen) > MOST_FURTHER:
            break
        further |= chosen
    return {key: team for key, team in further.items() if key not in ranked}


def _by_team(candidates: Sequence[Candidate]) -> Iterator[tuple[UUID, list[UUID]]]:
    """Each team's evaluations, in the order of submission."""
    by_team: dict[UUID, list[UUID]] = {}
    for candidate in sorted(candidates, key=lambda each: (each.received_at, str(each.key))):
        by_team.setdefault(candidate.team, []).append(candidate.key)
    return iter(by_team.items())


def _of_team(own: Sequence[UUID], new: Set[UUID], stands: UUID | None) -> set[UUID]:
    """The first new ones, those submitted just before and after each, the latest, and the one it stands on."""
    first = [index for index, key in enumerate(own) if key in new][:NEW_OF_A_TEAM]
    if not first:
        return set()
    beside = {own[near] for index in first for near in (index - 1, index, index + 1) if 0 <= near < len(own)}
    return beside | {*own[-LATEST_OF_A_TEAM:]} | ({stands} if stands else set())
