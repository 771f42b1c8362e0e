"""A submission as far as a reader of the API may see it."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Prefetch, QuerySet

from leaderboard.compare.own_pairs import OwnComparison, comparisons_of
from leaderboard.intervals.queries import score_intervals
from leaderboard.intervals.values import MetricInterval
from leaderboard.ranking.standings import Standing, row_of_team
from server.accounts.models import User
from server.submissions.models import Entry, Evaluation, Slot, State, Submission
from server.submissions.rejection_report import ShownGroup, first_groups, first_of
from server.submissions.scorings import Scoring, scorings
from server.submissions.waiting import why_it_waits

NOT_LOST = "You will not lose it if our server fails."


@dataclass
class VisibleSubmission:
    """A submission with its current evaluation and slot, as far as the reader may see them."""

    submission: Submission
    reader: User

    @cached_property
    def evaluation(self) -> Evaluation:
        return self.submission.evaluations.all()[0]

    @property
    def scorings(self) -> list[Scoring]:
        return scorings(self.submission)

    @cached_property
    def slot(self) -> Slot:
        return self.submission.slots.all()[0]

    @property
    def shows_scores(self) -> bool:
        scored = self.evaluation.state == State.SCORED and not self.submission.phase.track.scorer_error
        return scored and self.submission.shows_results_to(self.reader)

    @property
    def chosen(self) -> bool:
        return Entry.objects.filter(chosen=self.submission).exists()

    @property
    def problems(self) -> list[dict[str, str]]:
        return first_of(self.evaluation.problems)

    @property
    def problem_groups(self) -> list[ShownGroup]:
        return first_groups(self.evaluation.problems)

    @property
    def warnings(self) -> list[str]:
        """Shown with the scores only: some compare the archive with the ground truth."""
        return list(self.evaluation.warnings) if self.shows_scores else []

    @cached_property
    def row_of_team(self) -> Standing | None:
        return row_of_team(self.submission, include_hidden=self.reader.is_staff) if self.shows_scores else None

    @property
    def rank(self) -> int | None:
        row = self.row_of_team
        return row.rank if row and row.submission.pk == self.submission.pk else None

    @property
    def intervals(self) -> dict[str, MetricInterval] | None:
        return score_intervals(self.evaluation) if self.shows_scores else None

    @property
    def compared_with(self) -> list[OwnComparison]:
        return comparisons_of(self.evaluation, self.row_of_team) if self.shows_scores else []

    @property
    def message(self) -> str:
        """State and slot in a sentence."""
        received = f"Received {self.submission.began_at:%-d %b %Y, %H:%M:%S} UTC"
        slot = f"slot {self.slot.number} of {self.slot.limit}"
        outcomes = {
            State.SCORED: f"{received}, scored; {slot} used.",
            State.REJECTED: f"{received}, but the archive has problems; {slot} returned. Fix the problems.",
            State.FAILED: f"{received}, but the server failed; {slot} returned. The organisers were notified.",
            State.CANCELLED: f"{received}, cancelled before scoring began; {slot} returned.",
        }
        pending = f"{received}, before the deadline; {slot} reserved. {NOT_LOST} {why_it_waits(self.evaluation)}"
        return outcomes.get(State(self.evaluation.state), pending.strip())


def prefetched(submissions: QuerySet[Submission], *deferred: str) -> QuerySet[Submission]:
    """Prefetch what the serializers read, current evaluations first, without their `deferred` fields."""
    evaluations = (
        Evaluation.objects.select_related("rule__ground_truth", "interval")
        .defer("per_class", "interval__bands", *deferred)
        .current_first()
    )
    return (
        submissions.select_related("phase__track", "team", "submitted_by")
        .prefetch_related(Prefetch("evaluations", evaluations), Prefetch("slots", Slot.objects.with_limit()))
        .order_by("-received_at", "pk")
    )
