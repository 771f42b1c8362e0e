"""Rows of the team's page: its open phases with their slots, and its submissions with their scores."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch
from django.utils import timezone

from evaluator.contract import Metric
from leaderboard.intervals.queries import score_intervals
from leaderboard.intervals.values import MetricInterval
from server.accounts.models import User
from server.submissions.models import Entry, Evaluation, State, Submission
from server.submissions.scorings import Scoring, scorings
from server.submissions.slots import SlotStatus, count_free, slot_statuses
from server.teams.models import Team
from server.tracks.models import Phase


@dataclass(frozen=True)
class OpenPhase:
    """An open phase with the team's slots, and its entry while that hides the team's name."""

    phase: Phase
    slots: list[SlotStatus]
    next_reset: datetime | None
    pseudonymous: Entry | None

    @property
    def left(self) -> int:
        return count_free(self.slots)


@dataclass(frozen=True)
class SubmissionRow:
    """A submission with its current evaluation, and its headline score where the reader may see it."""

    submission: Submission
    evaluation: Evaluation
    metric: Metric | None = None
    value: float | None = None
    interval: MetricInterval | None = None
    earlier: tuple[Scoring, ...] = ()

    @property
    def score(self) -> str:
        return self.metric.show_with_unit(self.value) if self.metric else ""


def open_phases(team: Team) -> list[OpenPhase]:
    """Return the open phases that can score, in order of their end."""
    now = timezone.now()
    found = Phase.objects.open_at(now).that_can_score().select_related("track")
    phases = sorted(found.order_by("closes_at", "track", "opens_at"), key=lambda phase: phase.closes_at is None)
    hiding = {entry.phase_id: entry for entry in Entry.objects.filter(team=team) if entry.hides_team(now)}
    return [
        OpenPhase(phase, slot_statuses(team, phase, now), phase.next_window_opens(now), hiding.get(phase.pk))
        for phase in phases
    ]


def submission_rows(team: Team, reader: User) -> list[SubmissionRow]:
    current_first = Evaluation.objects.current_first().select_related("rule", "interval")
    evaluations = Prefetch("evaluations", current_first.defer("interval__bands"))
    submitted = team.submissions.select_related("phase__track", "submitted_by").prefetch_related(
        evaluations, "phase__rules_followed"
    )
    return [_row(submission, reader) for submission in submitted]


def _row(submission: Submission, reader: User) -> SubmissionRow:
    evaluation, track = next(iter(submission.evaluations.all())), submission.phase.track
    shown_now = evaluation.state == State.SCORED and submission.shows_results_to(reader)
    if not shown_now or track.scorer_error:
        return SubmissionRow(submission, evaluation)
    metric = track.description.headline
    interval = (score_intervals(evaluation) or {}).get(metric.key)
    earlier = tuple(scorings(submission)[:-1])
    return SubmissionRow(submission, evaluation, metric, evaluation.score(metric.key), interval, earlier)
