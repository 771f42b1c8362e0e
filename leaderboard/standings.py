"""Who stands where: each team's best visible submission by the published rule, ranked by the printed numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import isfinite

from leaderboard.models import Review
from server.submissions.models import Evaluation, State, Submission
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
    rank: int | None = None

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
        return value if value is not None and isfinite(value) else None

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
        out = {Verdict.DISQUALIFIED, Verdict.HIDDEN, Verdict.BASELINE}
        return self.headline is not None and not any(review.verdict in out for review in self.reviews)

    def _review(self, verdict: str) -> Review | None:
        return next((review for review in self.reviews if review.verdict == verdict), None)


def standings(phase: Phase) -> list[Standing]:
    """The phase's leaderboard: ranked rows first; rows that do not rank stand where their score would."""
    visible = [row for row in scored_rows(phase) if not row.hidden]
    return ranked(_best_per_team(visible))


def scored_rows(phase: Phase) -> list[Standing]:
    """Every scored submission of the phase by the published rule, best first, hidden ones as well."""
    columns = tuple(phase.track.columns)
    evaluations = (
        Evaluation.objects.filter(
            submission__phase=phase, rule__state="published", rule__split=phase.split, state=State.SCORED
        )
        .select_related("submission__team", "rule")
        .defer("curve", "per_class", "problems", "warnings")
    )
    reviews: dict[object, list[Review]] = {}
    for review in Review.objects.filter(submission__phase=phase, taken_back_at=None).order_by("at"):
        reviews.setdefault(review.submission_id, []).append(review)
    rows = [
        Standing(evaluation.submission, evaluation, tuple(reviews.get(evaluation.submission_id, ())), columns)
        for evaluation in evaluations
    ]
    return sorted(rows, key=_best_first)


def ranks_of(headlines: Sequence[str | None]) -> list[int | None]:
    """The rank of each printed headline of a list sorted best first: equal ones share it, None has none."""
    ranks: list[int | None] = []
    ranked_so_far, previous, rank = 0, None, 0
    for headline in headlines:
        if headline is None:
            ranks.append(None)
            continue
        ranked_so_far += 1
        if headline != previous:
            rank, previous = ranked_so_far, headline
        ranks.append(rank)
    return ranks


def ranked(rows: Sequence[Standing]) -> list[Standing]:
    headlines = [row.values[0][1] if row.ranks else None for row in rows]
    return [replace(row, rank=rank) for row, rank in zip(rows, ranks_of(headlines), strict=True)]


def _best_per_team(best_first: Sequence[Standing]) -> list[Standing]:
    best: dict[object, Standing] = {}
    for row in best_first:
        best.setdefault(row.submission.team_id, row)
    return list(best.values())


def _best_first(row: Standing) -> tuple[bool, float, datetime]:
    """Best printed headline first; among equals the earlier hand-in."""
    if row.headline is None:
        return True, 0.0, row.submission.received_at
    return False, -float(row.values[0][1]), row.submission.received_at


def standing_of(submission: Submission) -> Standing | None:
    """The row of this submission, if it is the one its team stands on."""
    return next((row for row in standings(submission.phase) if row.submission.pk == submission.pk), None)
