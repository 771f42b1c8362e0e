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
        """The jobs whose board has changed since their stored result, or with submissions that lack intervals."""
        return self.filter((~Q(wanted="") & ~Q(wanted=F("inputs"))) | Q(lacking__gt=0))

    def due(self, *, evaluations_waiting: bool = False) -> "IntervalJobQuerySet":
        """The jobs a worker may claim now: their board has settled, or has been out of date for long enough.

        Waiting evaluations go first, but not for ever.
        """
        due = Q(stale_since__lte=Now() - settings.INTERVALS_AT_LATEST)
        if not evaluations_waiting:
            settled = Now() - settings.INTERVALS_AFTER
            due |= Q(wanted_since__lte=settled, stale_since__lte=settled)
        return self.stale().filter(due).unclaimed().order_by("stale_since")


class IntervalJob(LeasedModel):
    """Computes the intervals of a board and of the phase's further submissions: one row per board, with its state.

    `inputs` names the rows that the stored ranks and pairs were computed from, `wanted` those that stand now: the
    job is due where the two differ, or where scored submissions lack an interval of the present version.
    """

    phase = models.OneToOneField(Phase, on_delete=models.CASCADE, related_name="interval_job")
    inputs = models.CharField(max_length=64, blank=True, help_text="What the stored ranks were computed from.")
    method = models.JSONField(default=dict, help_text="How they were computed, in the evaluator's words.")
    withheld = models.TextField(blank=True, help_text="Why nothing is said of ranks; empty: it is said.")
    warnings = models.JSONField(default=list, help_text="What makes the intervals poor, in sentences.")
    critical_value = models.FloatField(null=True, help_text="Standard errors on each side of a pair's difference.")
    computed_at = models.DateTimeField(null=True)

    wanted = models.CharField(max_length=64, blank=True)
    wanted_since = models.DateTimeField(default=timezone.now, help_text="The last change of the board.")
    lacking = models.PositiveIntegerField(default=0, help_text="Scored submissions without a present interval.")
    stale_since = models.DateTimeField(null=True, help_text="The first change since the stored result.")
    tries = models.PositiveSmallIntegerField(default=0, help_text="Since it last worked, or since a change.")
    last_error = models.TextField(blank=True, help_text="Why the last try failed.")

    objects = IntervalJobQuerySet.as_manager()

    def __str__(self) -> str:
        return f"intervals of {self.phase}"


class Interval(models.Model):
    """The confidence intervals of one evaluation's numbers. `bands`, of curve or classes, is large: defer it."""

    job = models.ForeignKey(IntervalJob, on_delete=models.CASCADE, related_name="intervals")
    evaluation = models.OneToOneField(Evaluation, on_delete=models.CASCADE, related_name="interval")
    version = models.CharField(max_length=20, help_text="Of the method that computed them.")
    metrics = models.JSONField(help_text='Metric -> {"score", "error", "low", "high"}.')
    bands = models.JSONField(help_text='List -> {"score": […], "low": […], "high": […]}.')
    rank_interval = models.JSONField(
        null=True,
        help_text='{"rank", "rank_low", "rank_high", "indistinct", "may_be_best"}; null where not ranked.',
    )

    def __str__(self) -> str:
        return f"interval of {self.evaluation}"


class PairInterval(models.Model):
    """How `one` differs from `other`: two rows of a board, or two submissions of one team (`own`).

    `low` and `high` hold for all pairs of the board at once, those of own pairs for each by itself; null where
    nothing can be said. `class_margins` is large: defer it.
    """

    job = models.ForeignKey(IntervalJob, on_delete=models.CASCADE, related_name="pairs")
    one = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="+")
    difference = models.FloatField(help_text="The headline of `one` minus that of `other`.")
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    significantly_different = models.BooleanField()
    class_margins = models.JSONField(
        null=True, help_text="Half the width of the interval of each class's difference, each class by itself."
    )
    own = models.BooleanField(default=False, help_text="Two submissions of one team.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["one", "other", "own"],
                name="one_interval_per_pair",
                violation_error_message="This pair of evaluations has been compared already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.one} against {self.other}"
