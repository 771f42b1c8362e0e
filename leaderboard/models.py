"""Organisers' reviews of leaderboard rows; the confidence intervals of a board and the job that makes them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from server.leases import LeasedModel, LeaseQuerySet
from server.submissions.models import Evaluation, Submission
from server.tracks.models import Phase


class Review(models.Model):
    """An organiser's verdict on a leaderboard row. It can be undone, never deleted."""

    class Verdict(models.TextChoices):
        HIDDEN = "hidden", "hidden"
        DISQUALIFIED = "disqualified", "disqualified"
        UNDER_REVIEW = "under_review", "under review"
        VERIFIED = "verified", "verified"
        BASELINE = "baseline", "baseline"

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="reviews")
    verdict = models.CharField(max_length=12, choices=Verdict)
    reason = models.CharField(max_length=500, help_text="Shown on the leaderboard beside a disqualified row.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "verdict"],
                condition=Q(undone_at=None),
                name="one_verdict_in_force",
                violation_error_message="This verdict is in force for the submission already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()}: {self.submission}"


class Board(Phase):
    """A phase, seen as its leaderboard."""

    class Meta:
        proxy = True
        verbose_name = "leaderboard"


class IntervalJobQuerySet(LeaseQuerySet["IntervalJob"]):
    def stale(self) -> "IntervalJobQuerySet":
        """The jobs whose board has changed since their stored result."""
        return self.exclude(wanted="").exclude(wanted=F("inputs"))

    def due(self, *, evaluations_waiting: bool = False) -> "IntervalJobQuerySet":
        """The jobs a worker may claim now: their board has settled, or has been out of date for long enough.

        Waiting evaluations go first, but not for ever.
        """
        due = Q(stale_since__lte=Now() - settings.INTERVALS_AT_LATEST)
        if not evaluations_waiting:
            due |= Q(wanted_since__lte=Now() - settings.INTERVALS_AFTER)
        return self.stale().filter(due).unclaimed().order_by("stale_since")


class IntervalJob(LeasedModel):
    """Computes the intervals of a board's ranked rows: one row per board, with its last result and its state.

    `inputs` names the rows that the stored result was computed from, `wanted` those that stand now: the job is due
    where the two differ.
    """

    phase = models.OneToOneField(Phase, on_delete=models.CASCADE, related_name="interval_job")
    inputs = models.CharField(max_length=64, blank=True, help_text="What the stored numbers were computed from.")
    method = models.JSONField(default=dict, help_text="How they were computed, in the evaluator's words.")
    pairs = models.JSONField(default=list, help_text="Every two of the best 50.")
    computed_at = models.DateTimeField(null=True)

    wanted = models.CharField(max_length=64, blank=True)
    wanted_since = models.DateTimeField(default=timezone.now, help_text="The last change of the board.")
    stale_since = models.DateTimeField(null=True, help_text="Its first change since the stored result.")
    tries = models.PositiveSmallIntegerField(default=0, help_text="Since it last worked, or since a change.")
    last_error = models.TextField(blank=True, help_text="Why the last try failed.")

    objects = IntervalJobQuerySet.as_manager()

    def __str__(self) -> str:
        return f"intervals of {self.phase}"


class Interval(models.Model):
    """The confidence intervals of one evaluation's numbers. `bands`, of curve or classes, is large: defer it."""

    job = models.ForeignKey(IntervalJob, on_delete=models.CASCADE, related_name="intervals")
    evaluation = models.OneToOneField(Evaluation, on_delete=models.CASCADE, related_name="interval")
    metrics = models.JSONField(help_text='Metric -> {"score", "low", "high", "bias", "undefined"}.')
    bands = models.JSONField(help_text='List -> {"score": […], "low": […], "high": […]}.')
    rank_interval = models.JSONField(
        null=True, help_text='{"rank", "rank_low", "rank_high", "group", "indistinct"}; null where it has none.'
    )

    def __str__(self) -> str:
        return f"interval of {self.evaluation}"
