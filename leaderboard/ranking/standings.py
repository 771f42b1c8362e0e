"""The rows of a leaderboard, now or as of a past time: each team's best or chosen submission, ranked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

from django.utils import timezone

from evaluator.contract import Metric
from leaderboard.intervals.values import RowInterval
from leaderboard.models import Review
from leaderboard.palette import Style, style_of
from leaderboard.ranking import rank
from leaderboard.ranking.metric_ranks import ranks_by_metric
from leaderboard.ranking.rank import best_first, rank_candidates
from leaderboard.ranking.snapshot import Snapshot, snapshot_of
from server.submissions.models import Entry, Evaluation, Submission
from server.teams.models import Team
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
    metric_ranks: Mapping[str, int] = field(default_factory=dict)  # by each further metric alone
    interval: RowInterval | None = None
    palette_index: int = 0

    @property
    def pseudonym(self) -> str:
        """What replaces the team's name at that time; empty where nothing does."""
        return self.entry.pseudonym if self.entry and self.entry.hides_team(self.at) else ""

    @property
    def pseudonymous(self) -> bool:
        return bool(self.pseudonym)

    @property
    def name(self) -> str:
        """The team's name, or its pseudonym while it has one."""
        return self.pseudonym or self.team.name

    @property
    def affiliation(self) -> str:
        return "" if self.pseudonymous else self.team.affiliation

    @property
    def method(self) -> str:
        """The name of its method; empty under a pseudonym, as it could reveal the team."""
        return "" if self.pseudonymous else self.submission.method

    @property
    def parameters(self) -> int | None:
        """The number of parameters that the team stated; None under a pseudonym, as it could reveal the team."""
        return None if self.pseudonymous else self.submission.parameters

    @property
    def chosen(self) -> bool:
        """Whether the team chose this submission to stand on."""
        return self.entry is not None and self.entry.chosen_id == self.submission.pk

    @property
    def team(self) -> Team:
        return self.submission.team

    @property
    def values(self) -> list[tuple[Metric, str]]:
        """Each column with its printed value."""
        return [(metric, metric.show(self.evaluation.score(metric.key))) for metric in self.columns]

    @property
    def cells(self) -> list[tuple[str, int | None]]:
        """Each column's printed value, with the rank by it alone; the headline's is the row's own."""
        return [(value, self.metric_ranks.get(metric.key)) for metric, value in self.values]

    @property
    def style(self) -> Style:
        """The colour and dash of the team, the same in every figure and table of the board."""
        return style_of(self.palette_index)

    @property
    def headline(self) -> float | None:
        """The number that decides the rank; None where it is undefined."""
        value = self.evaluation.score(self.columns[0].key)
        return None if self.columns[0].printed(value) is None else value

    @property
    def disqualified(self) -> Review | None:
        return self._review(Verdict.DISQUALIFIED)

    @property
    def hidden(self) -> Review | None:
        return self._review(Verdict.HIDDEN)

    @property
    def marks(self) -> list[Review]:
        """The reviews that readers see as badges."""
        return [review for review in self.reviews if review.verdict != Verdict.HIDDEN]

    def _review(self, verdict: str) -> Review | None:
        return next((review for review in self.reviews if review.verdict == verdict), None)


def standings(phase: Phase, *, at: datetime | None = None, include_hidden: bool = False) -> list[Standing]:
    """The phase's leaderboard: ranked rows first; unranked rows stand where their score would.

    With `at`, as it stood at that past time, by what was recorded then. What the organisers hide now is left out
    there too, which leaves a gap in the ranks. Empty while the phase does not show its results, or did not then;
    `include_hidden` is for organisers.
    """
    snapshot = snapshot_of(phase, at, include_hidden=include_hidden)
    return standings_from(snapshot) if snapshot else []


def standings_from(snapshot: Snapshot) -> list[Standing]:
    ranked = rank_candidates(snapshot.candidates, by_choice=snapshot.by_choice)
    return _load(snapshot, {each.candidate.key: each.rank for each in ranked})


def best_so_far(snapshot: Snapshot) -> list[Standing]:
    """Each row that was the best when it came in, as far as everyone could see it then or sees it now.

    Only rows of the board count where a score could be unseen: hidden until a day, or not chosen.
    """
    candidates = snapshot.candidates
    if snapshot.by_choice or snapshot.phase.results != Phase.Results.AT_ONCE:
        candidates = [each.candidate for each in rank_candidates(candidates, by_choice=snapshot.by_choice)]
    return _load(snapshot, {candidate.key: None for candidate in rank.best_so_far(candidates)})


def all_scored(phase: Phase) -> list[Standing]:
    """Every scored submission of the phase by the published rule, best first, also hidden and withdrawn ones."""
    snapshot = snapshot_of(phase, None, include_hidden=True)
    if snapshot is None:
        return []
    return _load(snapshot, {candidate.key: None for candidate in sorted(snapshot.candidates, key=best_first)})


def _load(snapshot: Snapshot, ranks: dict[UUID, int | None]) -> list[Standing]:
    """The rows of these evaluations, in the order given."""
    wide = ("curve", "per_class", "problems", "warnings", "submission__description", "submission__rules_kept")
    evaluations = snapshot.evaluations.select_related("submission__team").defer(*wide).in_bulk(list(ranks))
    columns = snapshot.phase.track.description.columns
    ranked = {key: evaluations[key].scores or {} for key, rank in ranks.items() if rank is not None}
    metric_ranks = ranks_by_metric(columns[1:], ranked)
    make = partial(_standing, snapshot, columns, snapshot.at or timezone.now())
    listed = ((evaluations[key], rank, metric_ranks.get(key, {})) for key, rank in ranks.items())
    return [
        make(evaluation, rank=rank, metric_ranks=by_metric)
        for evaluation, rank, by_metric in listed
        if evaluation.submission_id not in snapshot.excluded
    ]


def _standing(
    snapshot: Snapshot,
    columns: tuple[Metric, ...],
    at: datetime,
    evaluation: Evaluation,
    *,
    rank: int | None,
    metric_ranks: Mapping[str, int],
) -> Standing:
    submission = evaluation.submission
    evaluation.rule, submission.phase = snapshot.rule, snapshot.phase  # else each would be queried by itself
    return Standing(
        submission=submission,
        evaluation=evaluation,
        reviews=tuple(snapshot.reviews_of(submission.pk, submission.team_id)),
        columns=columns,
        entry=snapshot.entries.get(submission.team_id),
        at=at,
        rank=rank,
        metric_ranks=metric_ranks,
        palette_index=snapshot.palette[submission.team_id],
    )


def row_of_team(submission: Submission, *, include_hidden: bool = False) -> Standing | None:
    """The row that the team of this submission stands on."""
    rows = standings(submission.phase, include_hidden=include_hidden)
    return next((row for row in rows if row.submission.team_id == submission.team_id), None)


def standing_of(submission: Submission, *, include_hidden: bool = False) -> Standing | None:
    """The row of this submission, if its team stands on it."""
    row = row_of_team(submission, include_hidden=include_hidden)
    return row if row and row.submission.pk == submission.pk else None
