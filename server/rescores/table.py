"""Old and new score and rank of each re-scored submission: the table that an organiser reads before publishing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from evaluator.contract import Metric
from server.rescores.boards import Boards, boards_of, ranks_of
from server.rescores.dry_run import FINISHED, current_evaluations, new_evaluations
from server.rescores.models import Rescore
from server.rescores.moves import Move, moves_of
from server.rescores.significance import significance_of
from server.submissions.models import Evaluation, State, Submission
from server.teams.models import Team
from server.tracks.models import Phase

WIDE = ("curve", "per_class", "problems", "warnings", "submission__description", "submission__rules_kept")

WAITING, NOT_CHOSEN = "waiting", "not chosen"
RANKS_LATER = "Ranks are compared once the new rule has scored every row of the leaderboard."


@dataclass(frozen=True)
class Change:
    """A submission with its old and its new evaluation; `new` is None while there is none yet."""

    submission: Submission
    headline: Metric
    old: Evaluation
    new: Evaluation | None
    old_rank: int | None
    new_rank: int | None
    move: Move | None = None  # where the rank moves to another one, and the teams' differences were computed
    ranked: bool = True  # whether the new ranks are those of a whole board
    without_new: str = WAITING

    @property
    def old_score(self) -> str:
        return shown(self.headline, self.old)

    @property
    def new_score(self) -> str:
        return shown(self.headline, self.new) if self.new else self.without_new

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
        return self.ranked and self.new is not None and self.old_rank != self.new_rank

    @property
    def changes(self) -> bool:
        return bool(self.difference) or self.newly_rejected or self.newly_scored or self.rank_moves


def shown(headline: Metric, evaluation: Evaluation) -> str:
    """The headline as printed, or the state of an evaluation without one."""
    if evaluation.state != State.SCORED:
        return str(evaluation.get_state_display())
    return headline.show_with_unit(evaluation.score(headline.key))


@dataclass(frozen=True)
class PhaseTable:
    """The changes of a phase; `note` says why rank moves are not judged, empty where they are or none moves."""

    rows: list[Change]
    note: str

    @property
    def moved(self) -> list[Change]:
        return [row for row in self.rows if row.rank_moves]

    @property
    def significant_moves(self) -> int | None:
        """How many rank moves are between significantly different teams; None where that is not known."""
        return None if self.note else sum(bool(row.move and row.move.significant) for row in self.rows)


def changes_of(rescore: Rescore, phases: Iterable[Phase]) -> dict[Phase, PhaseTable]:
    """All submissions that the re-score concerns, by phase, those that change most first."""
    return {phase: _table(rescore, phase) for phase in phases}


def _table(rescore: Rescore, phase: Phase) -> PhaseTable:
    boards = boards_of(rescore, phase)
    significance = significance_of(rescore, phase, boards)
    names = dict(Team.objects.filter(pk__in=boards.selection.ranked.values()).values_list("pk", "name"))
    moves = moves_of(boards.old, boards.new, significance.intervals, names)
    rows = sorted(_changes(rescore, phase, boards, moves), key=_size_of_change)
    if not all(row.ranked for row in rows):
        return PhaseTable(rows, RANKS_LATER)
    return PhaseTable(rows, significance.note if any(row.rank_moves for row in rows) else "")


def _changes(rescore: Rescore, phase: Phase, boards: Boards, moves: dict[UUID, Move]) -> Iterator[Change]:
    headline, found = phase.track.description.headline, _by_submission(new_evaluations(rescore, [phase]))
    current = _by_submission(current_evaluations([phase]).exclude(rule=rescore.rule_id))
    old_ranks, new_ranks = ranks_of(boards.old), ranks_of(boards.new)
    finished = {key for key, new in found.items() if new.state in FINISHED}
    ranked = all(key in finished for key, old in current.items() if old.pk in old_ranks)
    without_new = WAITING if rescore.scope == Rescore.Scope.ALL else NOT_CHOSEN
    for key, old in current.items():
        new = found.get(key)
        ranks = old_ranks.get(old.pk), new_ranks.get(new.pk) if new and ranked else None
        move = moves.get(new.pk) if new and ranked and ranks[0] != ranks[1] else None
        yield Change(old.submission, headline, old, new, *ranks, move, ranked, without_new)


def _by_submission(evaluations: Iterable[Evaluation]) -> dict[UUID, Evaluation]:
    rows = evaluations.select_related("submission__team").defer(*WIDE)  # type: ignore[attr-defined]
    return {evaluation.submission_id: evaluation for evaluation in rows}


def _size_of_change(change: Change) -> tuple[bool, float, bool, str]:
    """Sort key: what is rejected or scored only now, then the largest change of the score, then of the rank."""
    flipped = change.newly_rejected or change.newly_scored
    return not flipped, -abs(change.difference or 0), not change.rank_moves, str(change.submission)
