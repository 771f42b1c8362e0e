"""Old and new score and rank of each re-scored submission: the table that an organiser reads before publishing."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from evaluator.contract import Metric
from leaderboard.ranking.rank import rank_candidates
from leaderboard.ranking.snapshot import Snapshot, snapshot_of
from server.rescores.dry_run import current_evaluations, new_evaluations
from server.rescores.models import Rescore
from server.rescores.significance import significance_of
from server.submissions.models import Evaluation, State, Submission
from server.tracks.models import Phase, ScoringRule

WIDE = ("curve", "per_class", "problems", "warnings", "submission__description", "submission__rules_kept")


@dataclass(frozen=True)
class Change:
    """A submission with its old and its new evaluation; `new` is None while there is none yet."""

    submission: Submission
    headline: Metric
    old: Evaluation
    new: Evaluation | None
    old_rank: int | None
    new_rank: int | None
    significant: bool | None  # whether the two scores differ significantly; None where it was not computed

    @property
    def old_score(self) -> str:
        return shown(self.headline, self.old)

    @property
    def new_score(self) -> str:
        return shown(self.headline, self.new)

    @property
    def difference(self) -> float | None:
        """New minus old, as printed; None where either is undefined."""
        old, new = (self.headline.printed(each.score(self.headline.key)) if each else None for each in self.pair)
        return None if old is None or new is None else new - old

    @property
    def difference_text(self) -> str:
        if self.difference is None:
            return "–"
        return f"{self.difference:+.{self.headline.decimals}f}" if self.difference else "unchanged"

    @property
    def pair(self) -> tuple[Evaluation, Evaluation | None]:
        return self.old, self.new

    @property
    def newly_rejected(self) -> bool:
        return bool(self.new) and (self.old.state, self.new.state) == (State.SCORED, State.REJECTED)  # type: ignore[union-attr]

    @property
    def newly_scored(self) -> bool:
        return bool(self.new) and (self.old.state, self.new.state) == (State.REJECTED, State.SCORED)  # type: ignore[union-attr]

    @property
    def rank_moves(self) -> bool:
        return self.new is not None and self.old_rank != self.new_rank

    @property
    def changes(self) -> bool:
        return bool(self.difference) or self.newly_rejected or self.newly_scored or self.rank_moves


def shown(headline: Metric, evaluation: Evaluation | None) -> str:
    """The headline as printed, or the state of an evaluation without one."""
    if evaluation is None:
        return "waiting"
    if evaluation.state != State.SCORED:
        return str(evaluation.get_state_display())
    return headline.show_with_unit(evaluation.score(headline.key))


def changes_of(rescore: Rescore, phases: Iterable[Phase]) -> dict[Phase, list[Change]]:
    """All submissions that the re-score concerns, by phase, those that change most first."""
    return {phase: _changes(rescore, phase) for phase in phases}


def _changes(rescore: Rescore, phase: Phase) -> list[Change]:
    headline, found = phase.track.description.headline, _by_submission(new_evaluations(rescore, [phase]))
    snapshot = snapshot_of(phase, None, include_hidden=True)
    old_ranks = ranks_by(snapshot, None)
    new_ranks = ranks_by(snapshot, rescore.rule) if rescore.rule else {}
    current = current_evaluations([phase]).exclude(rule=rescore.rule_id)
    changes = [
        Change(
            submission=old.submission,
            headline=headline,
            old=old,
            new=(new := found.get(key)),
            old_rank=old_ranks.get(key),
            new_rank=new_ranks.get(key),
            significant=significance_of(rescore, old, new),
        )
        for key, old in _by_submission(current).items()
    ]
    return sorted(changes, key=_size_of_change)


def _by_submission(evaluations: Iterable[Evaluation]) -> dict[UUID, Evaluation]:
    rows = evaluations.select_related("submission__team").defer(*WIDE)  # type: ignore[attr-defined]
    return {evaluation.submission_id: evaluation for evaluation in rows}


def ranks_by(snapshot: Snapshot | None, rule: ScoringRule | None) -> dict[UUID, int | None]:
    """The rank of each submission that would stand on the board by this rule; None: by the one it has."""
    if snapshot is None:
        return {}
    board = replace(snapshot, rule=rule) if rule else snapshot
    ranks = {row.candidate.key: row.rank for row in rank_candidates(board.candidates, by_choice=board.by_choice)}
    submissions = board.evaluations.filter(pk__in=ranks).values_list("submission", "pk")
    return {submission: ranks[key] for submission, key in submissions}


def _size_of_change(change: Change) -> tuple[bool, float, bool, str]:
    """Sort key: what is rejected or scored only now, then the largest change of the score, then of the rank."""
    flipped = change.newly_rejected or change.newly_scored
    return not flipped, -abs(change.difference or 0), not change.rank_moves, str(change.submission)
