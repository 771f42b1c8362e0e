"""Evaluations of submissions: a state machine with all its transitions, and a queue."""

import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Case, F, IntegerField, OuterRef, Q, Subquery, When, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from server.leases import LeasedModel, LeaseQuerySet
from server.submissions.models.submission import Submission
from server.tracks.models import ScoringRule, rule_expression


class State(models.TextChoices):
    QUEUED = "queued", "queued"
    RUNNING = "running", "scoring"
    SCORED = "scored", "scored"
    REJECTED = "rejected", "rejected"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"


class EvaluationQuerySet(LeaseQuerySet["Evaluation"]):
    def claimable(self) -> "EvaluationQuerySet":
        """Evaluations that a worker may claim now: queued and due, or running with an expired lease.

        They wait while the pack of their ground truth cannot be read, and while their rule is for another version
        of the scorer than the evaluator has.
        """
        readable = self.unclaimed().filter(rule__ground_truth__problem="")
        scorable = readable.exclude(rule__in=ScoringRule.objects.outdated())
        return scorable.filter(state__in=[State.QUEUED, State.RUNNING])

    def in_fair_order(self) -> "EvaluationQuerySet":
        """Order by turns: every team's first before any team's second; among these, the team served longest ago.

        Evaluations that crashed come after those that did not; one that is RUNNING here has lost its worker.
        All of a re-score come last, and take no team's turn.
        """
        crashes = F("failures") + Case(When(state=State.RUNNING, then=1), default=0)
        turn = Window(
            RowNumber(),
            partition_by=[F("submission__team"), F("rescoring")],
            order_by=[F("crashes").asc(), F("queued_at").asc()],
        )
        of_the_team = Evaluation.objects.filter(
            submission__team=OuterRef("submission__team"), rescoring=OuterRef("rescoring")
        )
        served = Subquery(of_the_team.order_by(F("started_at").desc(nulls_last=True)).values("started_at")[:1])
        ordered = self.annotate(crashes=crashes, served=served, turn=turn)
        return ordered.order_by("rescoring", "crashes", "turn", F("served").asc(nulls_first=True), "queued_at")

    def current_first(self) -> "EvaluationQuerySet":
        """Order so that each submission's current one comes first: by the rule that its phase follows.

        What failed or was cancelled is not scored again, so it stays with the one it had.
        """
        followed = rule_expression(lambda name: OuterRef(f"submission__phase__{name}"))
        current = Case(
            When(rule=F("followed"), then=0), When(rescoring=False, then=1), default=2, output_field=IntegerField()
        )
        return self.annotate(followed=followed).annotate(current=current).order_by("current", "-queued_at")


class Evaluation(LeasedModel):
    """One scoring of a submission by one rule."""

    PROGRESS = ("stage", "done", "total")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="evaluations")
    rule = models.ForeignKey(ScoringRule, on_delete=models.PROTECT, related_name="evaluations")
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    queued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    rescoring = models.BooleanField(
        default=False,
        help_text="Queued by a re-score: after all others, without slot, mail or place on a leaderboard.",
    )

    failures = models.PositiveSmallIntegerField(default=0, help_text="Number of crashes and lost leases.")
    stage = models.CharField(max_length=20, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)

    scores = models.JSONField(null=True, help_text="Metric -> number; a percentage as a fraction.")
    curve = models.JSONField(null=True, help_text="A number for each x, where the scorer has a curve.")
    per_class = models.JSONField(null=True)
    problems = models.JSONField(default=list)
    problem_count = models.PositiveIntegerField(default=0)
    warnings = models.JSONField(default=list)
    last_error = models.TextField(blank=True, help_text="The last server error; shown to organisers.")

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        ordering = ["-queued_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "rule"],
                name="one_evaluation_per_rule",
                violation_error_message="This submission has an evaluation by this scoring rule already.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=State.values),
                name="evaluation_state_known",
                violation_error_message="There is no such state of an evaluation.",
            ),
            models.CheckConstraint(
                condition=Q(state="scored", scores__isnull=False) | (~Q(state="scored") & Q(scores__isnull=True)),
                name="scores_if_and_only_if_scored",
                violation_error_message="Scored evaluations have scores, and no others.",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "queued_at"], name="evaluation_queue"),
            # every request of a board counts these rows
            models.Index(fields=["rule", "finished_at"], condition=Q(state="scored"), name="scored_by_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.submission} by {self.rule}"

    def queue_position(self) -> int | None:
        """Return the position in the queue, from 1; None if it no longer waits."""
        queue = Evaluation.objects.filter(state=State.QUEUED).in_fair_order().values_list("pk", flat=True)
        return next((position for position, key in enumerate(queue, 1) if key == self.pk), None)

    def score(self, metric: str) -> float | None:
        """Return the score with this key; None where it is undefined, or nothing was scored."""
        return (self.scores or {}).get(metric)

    @property
    def statistics_path(self) -> Path:
        return settings.STATISTICS_DIR / f"{self.pk}.npz"


# All allowed transitions, and the text shown to the team. (An event's cause may name machines; organisers see it.)
TRANSITIONS: dict[tuple[str, str], str] = {
    (State.QUEUED, State.RUNNING): "Scoring began.",
    (
        State.RUNNING,
        State.RUNNING,
    ): "The worker was lost, and another one started scoring again. No slot was used for this.",
    (
        State.RUNNING,
        State.QUEUED,
    ): "The server could not score it then and put it back into the queue. No slot was used for this.",
    (State.RUNNING, State.SCORED): "Scored.",
    (State.RUNNING, State.REJECTED): "Rejected, and the slot was returned.",
    (State.RUNNING, State.FAILED): "The server failed to score it, and the slot was returned.",
    (State.QUEUED, State.CANCELLED): "Cancelled by the team, and the slot was returned.",
    (State.FAILED, State.QUEUED): "An organiser put it into the queue again, and a slot was reserved again.",
}
DESCRIPTIONS = {("", State.QUEUED): "Received and put into the queue."} | TRANSITIONS


class EvaluationEvent(models.Model):
    """A transition of an evaluation, with its time and cause."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    before = models.CharField(max_length=9, blank=True)
    after = models.CharField(max_length=9, choices=State)
    cause = models.CharField(max_length=300)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.before or 'new'} → {self.after}: {self.cause}"

    @property
    def in_words(self) -> str:
        return DESCRIPTIONS[self.before, self.after]
