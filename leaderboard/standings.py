"""Who stands where: each team's best or chosen submission by the published rule, ranked by the printed numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import isfinite

from django.utils import timezone

from leaderboard.models import Review
from server.submissions.models import Entry, Evaluation, State, Submission
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

    @property
    def pseudonymous(self) -> bool:
        """Whether another name than the team's is shown at that moment."""
        return self.entry is not None and self.entry.hides_team(self.at)

    @property
    def name(self) -> str:
        """The team's username, or the pseudonym it stands under for now."""
        return self.entry.pseudonym if self.pseudonymous else self.team.username

    @property
    def affiliation(self) -> str:
        return "" if self.pseudonymous else self.team.name

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


def standings(phase: Phase, *, unveiled: bool = False) -> list[Standing]:
    """The phase's leaderboard: ranked rows first; rows that do not rank stand where their score would.

    Empty while the phase does not show its results; `unveiled` is for organisers' eyes.
    """
    if not unveiled and not phase.shows_results(timezone.now()):
        return []
    visible = [row for row in scored_rows(phase) if not row.hidden and not row.submission.withdrawn_at]
    return ranked(_one_per_team(visible, by_choice=phase.stands_on == Phase.StandsOn.CHOSEN))


def scored_rows(phase: Phase) -> list[Standing]:
    """Every scored submission of the phase by the published rule, best first, also hidden and withdrawn ones."""
    columns, now = tuple(phase.track.columns), timezone.now()
    evaluations = (
        Evaluation.objects.filter(
            submission__phase=phase, rule__state="published", rule__split=phase.split, state=State.SCORED
        )
        .select_related("submission__team", "rule")
        .defer("curve", "per_class", "problems", "warnings", "submission__description")
    )
    reviews: dict[object, list[Review]] = {}
    for review in Review.objects.filter(submission__phase=phase, taken_back_at=None).order_by("at"):
        reviews.setdefault(review.submission_id, []).append(review)
    entries = {entry.team_id: entry for entry in Entry.objects.filter(phase=phase)}
    rows = [
        Standing(
            submission=evaluation.submission,
            evaluation=evaluation,
            reviews=tuple(reviews.get(evaluation.submission_id, ())),
            columns=columns,
            entry=entries.get(evaluation.submission.team_id),
            at=now,
        )
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


def _one_per_team(best_first: Sequence[Standing], *, by_choice: bool) -> list[Standing]:
    """The row that each team stands on: its best, or the one it chose."""
    stands: dict[object, Standing] = {}
    for row in best_first:
        present = stands.setdefault(row.submission.team_id, row)
        if by_choice and row.chosen and not present.chosen:
            stands[row.submission.team_id] = row
    return sorted(stands.values(), key=_best_first)


def _best_first(row: Standing) -> tuple[bool, float, datetime]:
    """Best printed headline first; among equals the earlier hand-in."""
    if row.headline is None:
        return True, 0.0, row.submission.received_at
    return False, -float(row.values[0][1]), row.submission.received_at


def standing_of(submission: Submission, *, unveiled: bool = False) -> Standing | None:
    """The row of this submission, if it is the one its team stands on."""
    rows = standings(submission.phase, unveiled=unveiled)
    return next((row for row in rows if row.submission.pk == submission.pk), None)
