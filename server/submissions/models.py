"""Submissions, their slots, the teams' entries on boards, and evaluations."""

import uuid
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When, Window
from django.db.models.functions import Lower, RowNumber
from django.urls import reverse
from django.utils import timezone

from server.accounts.models import User
from server.leases import LeasedModel, LeaseQuerySet
from server.submissions.entry_history import EntryVersion  # noqa: F401  (so that Django finds the model)
from server.teams.models import Team
from server.tracks.models import Phase, ScoringRule


class Submission(models.Model):
    """An archive that a team submitted to a phase. Never changed afterwards."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="submissions")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="submissions")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    began_at = models.DateTimeField(
        help_text="When the server received the upload's headers; decides the deadline."
    )
    received_at = models.DateTimeField(default=timezone.now, help_text="When the upload was complete.")
    day = models.DateField(help_text="The UTC day of `began_at`; submissions are numbered within it.")
    number_of_day = models.PositiveSmallIntegerField()
    withdrawn_at = models.DateTimeField(
        null=True, help_text="Withdrawn by the team: not on the leaderboard, its slot stays used."
    )

    method = models.CharField(max_length=120, blank=True)
    description = models.TextField(blank=True, max_length=10_000, help_text="Markdown.")
    parameters = models.PositiveBigIntegerField(null=True, help_text="Total of all inference models.")
    code_url = models.URLField(blank=True, max_length=500)
    paper_url = models.URLField(blank=True, max_length=500)
    project_url = models.URLField(blank=True, max_length=500)
    rules_kept = models.JSONField(
        default=list, help_text="The rules that the team declared to have followed, word for word."
    )

    idempotency_key = models.CharField(max_length=100, null=True, blank=True, editable=False)  # noqa: DJ001
    NUMBER_UNIQUE = "submission_number_unique"

    archive_name = models.CharField(max_length=200, unique=True)
    original_name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["-received_at"]
        constraints = [
            # null, not "", if no key was sent: nulls do not collide
            models.UniqueConstraint(fields=["team", "idempotency_key"], name="one_submission_per_key"),
            models.UniqueConstraint(
                fields=["team", "phase", "day", "number_of_day"], name="submission_number_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team} {self.received_at:%Y-%m-%d %H:%M:%S}"

    def get_absolute_url(self) -> str:
        return reverse("site:submission", args=[self.pk])

    def shows_results_to(self, reader: User) -> bool:
        """Whether this person may see the scores, rank and curve now."""
        return reader.is_staff or self.phase.shows_results(timezone.now())

    @property
    def archive_path(self) -> Path:
        return settings.ARCHIVES_DIR / self.archive_name


class SlotQuerySet(models.QuerySet["Slot"]):
    def with_state(self) -> "SlotQuerySet":
        """Annotate slots with their `state`: returned, used (scored), or reserved (queued or being scored)."""
        scored = Evaluation.objects.filter(submission=OuterRef("submission"), state=State.SCORED)
        state = Case(
            When(returned_at__isnull=False, then=Value("returned")),
            When(Exists(scored), then=Value("used")),
            default=Value("reserved"),
        )
        return self.annotate(state=state)


class Slot(models.Model):
    """One of a team's numbered slots for a phase; its rows are the quota history."""

    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="slots")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="slots")
    window = models.CharField(max_length=10)
    number = models.PositiveSmallIntegerField()
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="slots")
    taken_at = models.DateTimeField(default=timezone.now)
    returned_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    NUMBER_UNIQUE = "slot_number_unique"

    objects = SlotQuerySet.as_manager()

    class Meta:
        ordering = ["-taken_at", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "phase", "window", "number"],
                condition=Q(returned_at=None),
                name="slot_number_unique",
            ),
            models.UniqueConstraint(
                fields=["submission"], condition=Q(returned_at=None), name="one_slot_per_submission"
            ),
        ]

    def __str__(self) -> str:
        return f"slot {self.number} of {self.phase}"


class SlotGrant(models.Model):
    """Extra slots that an organiser granted a team, with the reason that the quota history shows."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="grants")
    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="grants")
    window = models.CharField(max_length=10)
    extra = models.PositiveSmallIntegerField(default=1)
    reason = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(extra__range=(1, 20)),
                name="grant_is_no_slip",
                violation_error_message="Grant 1 to 20 slots at a time. A grant cannot be undone.",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="grants_have_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.extra} more for {self.team} in {self.phase}"


class Entry(models.Model):
    """A team's choices for its row on a phase's board: which submission counts, and under which name."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="entries")
    phase = models.ForeignKey(Phase, on_delete=models.CASCADE, related_name="entries")
    chosen = models.ForeignKey(Submission, null=True, on_delete=models.PROTECT, related_name="+")
    pseudonym = models.CharField(max_length=60, blank=True)
    pseudonym_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(fields=["team", "phase"], name="one_entry_per_team_and_phase"),
            models.UniqueConstraint(
                "phase", Lower("pseudonym"), condition=~Q(pseudonym=""), name="pseudonym_once_per_phase"
            ),
            models.CheckConstraint(
                condition=Q(pseudonym="") | Q(pseudonym_until__isnull=False), name="pseudonyms_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team} in {self.phase}"

    def hides_team(self, at: datetime) -> bool:
        """Whether the pseudonym is shown instead of the team's name at that time."""
        return bool(self.pseudonym and at < self.pseudonym_until)


class State(models.TextChoices):
    QUEUED = "queued", "queued"
    RUNNING = "running", "scoring"
    SCORED = "scored", "scored"
    REJECTED = "rejected", "rejected"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"


class EvaluationQuerySet(LeaseQuerySet["Evaluation"]):
    def claimable(self) -> "EvaluationQuerySet":
        """Evaluations that a worker may claim now: queued and due, or running with an expired lease."""
        return self.unclaimed().filter(state__in=[State.QUEUED, State.RUNNING])

    def in_fair_order(self) -> "EvaluationQuerySet":
        """Order by turns: every team's first before any team's second; among these, the team served longest ago.

        Evaluations that crashed come after those that did not; one that is RUNNING here has lost its worker.
        """
        crashes = F("failures") + Case(When(state=State.RUNNING, then=1), default=0)
        turn = Window(
            RowNumber(),
            partition_by=F("submission__team"),
            order_by=[F("crashes").asc(), F("queued_at").asc()],
        )
        of_the_team = Evaluation.objects.filter(submission__team=OuterRef("submission__team"))
        served = Subquery(of_the_team.order_by(F("started_at").desc(nulls_last=True)).values("started_at")[:1])
        ordered = self.annotate(crashes=crashes, served=served, turn=turn)
        return ordered.order_by("crashes", "turn", F("served").asc(nulls_first=True), "queued_at")


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
            models.UniqueConstraint(fields=["submission", "rule"], name="one_evaluation_per_rule"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="evaluation_state_known"),
            models.CheckConstraint(
                condition=Q(state="scored", scores__isnull=False) | (~Q(state="scored") & Q(scores__isnull=True)),
                name="scores_if_and_only_if_scored",
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
    ): "The worker had to stop and put it back into the queue. No slot was used for this.",
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
