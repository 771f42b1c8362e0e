"""What organisers say about a row of a leaderboard."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from server.submissions.models import Submission
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
