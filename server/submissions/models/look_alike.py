"""Maps that submissions of different teams have in common: a sample to find them by, and what was found."""

from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from server.submissions.models.submission import Submission


class MapComparison(models.Model):
    """The comparison of a submission's maps with those of other teams; made once, after it was first scored."""

    submission = models.OneToOneField(Submission, on_delete=models.CASCADE, primary_key=True, related_name="+")
    maps = models.PositiveIntegerField(help_text="Its maps of more than one value: others prove nothing.")
    began_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"comparison of {self.submission}"


class MapSample(models.Model):
    """The fingerprint of one map of a submission. Of every submission to a split, those of the same images."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="+")
    value = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"a map of {self.submission}"


class LookAlikeQuerySet(models.QuerySet["LookAlike"]):
    def open(self) -> "LookAlikeQuerySet":
        """Those that no organiser has called no problem."""
        return self.filter(dismissed_at=None)

    def submissions(self) -> set[UUID]:
        """The keys of both submissions of each."""
        return {key for pair in self.values_list("submission", "other") for key in pair}

    def of_teams_of(self, found: "LookAlike") -> "LookAlikeQuerySet":
        """All of the same two teams in the same phase, whichever submitted later."""
        pair = [found.submission.team_id, found.other.team_id]
        same = self.filter(submission__phase=found.submission.phase_id)
        return same.filter(submission__team__in=pair, other__team__in=pair)

    def of(self, submission: Submission) -> "LookAlikeQuerySet":
        """Those that a submission is one of."""
        return self.filter(Q(submission=submission) | Q(other=submission))


class LookAlike(models.Model):
    """Two submissions of different teams with many equal maps. An organiser may say that it is no problem."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="look_alikes")
    other = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="later_look_alikes")
    equal_maps = models.PositiveIntegerField(help_text="Maps that are equal in every pixel.")
    maps = models.PositiveIntegerField(help_text="Maps of the later submission that could be.")
    found_at = models.DateTimeField(default=timezone.now)
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True, help_text="Why it is no problem.")

    objects = LookAlikeQuerySet.as_manager()

    class Meta:
        ordering = ["-found_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "other"],
                name="one_look_alike_per_pair",
                violation_error_message="These two submissions have been compared already.",
            ),
            models.CheckConstraint(
                condition=Q(dismissed_at=None, reason="") | Q(dismissed_at__isnull=False) & ~Q(reason=""),
                name="dismissed_with_a_reason",
                violation_error_message="What is no problem has a reason why.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.submission.team} and {self.other.team} in {self.submission.phase}"

    @property
    def share(self) -> float:
        """The share of equal maps, from 0 to 1."""
        return self.equal_maps / self.maps

    @property
    def in_words(self) -> str:
        percent = 100 * self.equal_maps // self.maps
        return f"{self.equal_maps:,} of {self.maps:,} maps ({percent} %) are equal in every pixel"
