"""Who stands where, now or as of any instant: each team's best or chosen submission by the published rule."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.utils import timezone

from leaderboard import ranking
from leaderboard.facts import Facts, facts
from leaderboard.known import Known
from leaderboard.models import Review
from leaderboard.ranking import UNRANKED, UNSEEN, printed
from server.submissions.models import Entry, Evaluation, Submission
from server.teams.models import Team
from server.tracks.metrics import Metric, show
from server.tracks.models import Phase

Verdict = Review.Verdict


@dataclass(frozen=True)
class Standing:
    """A row of a leaderboard. `rank` is None where the row is not ranked."""

    submission: Submission
    evaluation: Evaluation
    reviews: tuple[Review, ...]
    columns: tuple[Metric, ...]
    entry: Entry | None = None
    at: datetime = field(default_factory=timezone.now)
    rank: int | None = None
    known: Known | None = None

    @property
    def pseudonymous(self) -> bool:
        """Whether another name than the team's is shown at that moment."""
        return self.entry is not None and self.entry.hides_team(self.at)

    @property
    def name(self) -> str:
        """The team's name, or the pseudonym it stands under for now."""
        return self.entry.pseudonym if self.pseudonymous else self.team.name

    @property
    def affiliation(self) -> str:
        return "" if self.pseudonymous else self.team.affiliation

    @property
    def method(self) -> str:
        """What the team calls its method; nothing under a pseudonym, whose owner it could tell."""
        return "" if self.pseudonymous else self.submission.method

    @property
    def parameters(self) -> int | None:
        """Those of its models, where the team stated them; none under a pseudonym, since they could unmask it."""
        return None if self.pseudonymous else self.submission.parameters

    @property
    def chosen(self) -> bool:
        """Whether the team wants to stand on this one."""
        return self.entry is not None and self.entry.chosen_id == self.submission.pk

    @property
    def team(self) -> Team:
        return self.submission.team

    @property
    def values(self) -> list[tuple[Metric, str]]:
        """Each column with its printed value."""
        return [(metric, show(metric, self.evaluation.scores.get(metric.key))) for metric in self.columns]

    @property
    def headline(self) -> float | None:
        """The number that ranks, as far as it is one."""
        value = self.evaluation.scores.get(self.columns[0].key)
        return None if printed(self.columns[0], value) is None else value

    @property
    def disqualified(self) -> Review | None:
        return self._review(Verdict.DISQUALIFIED)

    @property
    def hidden(self) -> Review | None:
        return self._review(Verdict.HIDDEN)

    @property
    def marks(self) -> list[Review]:
        """The reviews that a reader sees as marks."""
        return [review for review in self.reviews if review.verdict != Verdict.HIDDEN]

    @property
    def ranks(self) -> bool:
        """Whether the row takes part in the ranking; a baseline is shown for comparison only."""
        verdicts = {review.verdict for review in self.reviews}
        return self.headline is not None and not verdicts & (UNRANKED | UNSEEN)

    def _review(self, verdict: str) -> Review | None:
        return next((review for review in self.reviews if review.verdict == verdict), None)


def standings(phase: Phase, *, at: datetime | None = None, include_hidden: bool = False) -> list[Standing]:
    """The phase's leaderboard: ranked rows first; rows that do not rank stand where their score would.

    With `at` as it stood at that moment of the past, by what was recorded when it happened. What the organisers
    hide now is left out there too, with a gap in the ranks.
    Empty while the phase does not show its results, or did not then; `include_hidden` is for organisers' eyes.
    """
    board = facts(phase, at, include_hidden=include_hidden)
    return standing_rows(board) if board else []


def standing_rows(board: Facts) -> list[Standing]:
    listed = ranking.places(board.rows, by_choice=board.by_choice)
    return _full(board, {place.row.key: place.rank for place in listed})


def records(board: Facts) -> list[Standing]:
    """The best so far, each time it was surpassed, as far as everyone could see it then or sees it now.

    Where a score could be unseen, hidden until a day or not chosen, only the rows that stand are asked.
    """
    rows = board.rows
    if board.by_choice or board.phase.results != Phase.Results.AT_ONCE:
        rows = [place.row for place in ranking.places(rows, by_choice=board.by_choice)]
    return _full(board, {row.key: None for row in ranking.records(rows)})


def scored_rows(phase: Phase) -> list[Standing]:
    """Every scored submission of the phase by the published rule, best first, also hidden and withdrawn ones."""
    board = facts(phase, None, include_hidden=True)
    return _full(board, {row.key: None for row in sorted(board.rows, key=ranking.best_first)}) if board else []


def _full(board: Facts, ranks: dict[object, int | None]) -> list[Standing]:
    """These evaluations as rows of the board, in the order given."""
    wide = ("curve", "per_class", "problems", "warnings", "submission__description", "submission__rules_kept")
    evaluations = board.evaluations.select_related("submission__team").defer(*wide).in_bulk(list(ranks))
    standing = partial(_standing, board, tuple(board.phase.track.columns), board.at or timezone.now())
    listed = ((evaluations[key], rank) for key, rank in ranks.items())
    return [standing(*row) for row in listed if row[0].submission_id not in board.left_out]


def _standing(
    board: Facts, columns: tuple[Metric, ...], at: datetime, evaluation: Evaluation, rank: int | None
) -> Standing:
    submission = evaluation.submission
    evaluation.rule, submission.phase = board.rule, board.phase  # else each would be asked for by itself
    return Standing(
        submission=submission,
        evaluation=evaluation,
        reviews=tuple(board.reviews.get(submission.pk, ())),
        columns=columns,
        entry=board.entries.get(submission.team_id),
        at=at,
        rank=rank,
    )


def standing_of(submission: Submission, *, include_hidden: bool = False) -> Standing | None:
    """The row of this submission, if it is the one its team stands on."""
    rows = standings(submission.phase, include_hidden=include_hidden)
    return next((row for row in rows if row.submission.pk == submission.pk), None)
