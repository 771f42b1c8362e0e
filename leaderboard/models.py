"""What organisers say about a row of a leaderboard, and how sure its numbers are."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from server.submissions.models import Evaluation, Submission
from server.tracks.models import Phase


class Review(models.Model):
    """An organiser's word on a submission's standing. Taken back, never deleted."""

    class Verdict(models.TextChoices):
        HIDDEN = "hidden", "hidden"
        DISQUALIFIED = "disqualified", "disqualified"
        UNDER_REVIEW = "under_review", "under review"
        VERIFIED = "verified", "verified"
        BASELINE = "baseline", "baseline"

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="reviews")
    verdict = models.CharField(max_length=12, choices=Verdict)
    reason = models.CharField(max_length=500, help_text="Shown on the leaderboard beside a struck row.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "verdict"], condition=Q(taken_back_at=None), name="one_standing_verdict"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()}: {self.submission}"


class Board(Phase):
    """A phase, seen as its leaderboard."""

    class Meta:
        proxy = True
        verbose_name = "leaderboard"


class ComparisonQuerySet(models.QuerySet["Comparison"]):
    def due(self, *, evaluations_wait: bool = False) -> "ComparisonQuerySet":
        """What a worker may take now: the board has changed, and settled or changed for long enough.

        Evaluations that wait go first, but not for ever.
        """
        due = Q(stale_since__lte=Now() - settings.COMPARE_AT_LATEST)
        if not evaluations_wait:
            due |= Q(wanted_since__lte=Now() - settings.COMPARE_AFTER)
        free = Q(lease_until=None) | Q(lease_until__lt=Now())
        stale = self.exclude(wanted="").exclude(wanted=F("inputs"))
        return stale.filter(due, free, not_before__lte=Now()).order_by("stale_since")


class Comparison(models.Model):
    """The last comparison of a board's ranked rows with each other, and what is to be compared next.

    `wanted` and `inputs` name the rows that stand now and those that were compared: where they differ, it is due.
    """

    phase = models.OneToOneField(Phase, on_delete=models.CASCADE, related_name="comparison")
    inputs = models.CharField(max_length=64, blank=True, help_text="What the stored numbers were computed from.")
    method = models.JSONField(default=dict, help_text="How they were computed, as the evaluator says it.")
    pairs = models.JSONField(default=list, help_text="Every two of the best 50.")
    computed_at = models.DateTimeField(null=True)

    wanted = models.CharField(max_length=64, blank=True)
    wanted_since = models.DateTimeField(default=timezone.now, help_text="The last change of the board.")
    stale_since = models.DateTimeField(null=True, help_text="Its first change that no comparison has seen.")
    fence = models.PositiveIntegerField(default=0, help_text="Raised by every claim; guards every later write.")
    lease_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0, help_text="Since it last worked, or since a change.")
    not_before = models.DateTimeField(default=timezone.now)
    trouble = models.TextField(blank=True, help_text="Why the last try failed.")

    objects = ComparisonQuerySet.as_manager()

    def __str__(self) -> str:
        return f"comparison of {self.phase}"


class Interval(models.Model):
    """How sure the numbers of one evaluation are. `bands`, of curve or classes, is large: defer it."""

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="intervals")
    evaluation = models.OneToOneField(Evaluation, on_delete=models.CASCADE, related_name="interval")
    metrics = models.JSONField(help_text='Metric -> {"score", "low", "high", "bias", "undefined"}.')
    bands = models.JSONField(help_text='List -> {"score": […], "low": […], "high": […]}.')
    place = models.JSONField(
        null=True, help_text='{"rank", "rank_low", "rank_high", "group", "indistinct"}; null where it has none.'
    )

    def __str__(self) -> str:
        return f"interval of {self.evaluation}"
