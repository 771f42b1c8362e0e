"""Re-scores: another scoring rule is tried on submissions, and then published for phases, or dropped."""

import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from server.leases import LeasedModel, LeaseQuerySet
from server.submissions.models import Submission
from server.tracks.models import Phase, ScoringRule, Split, Track


class RescoreQuerySet(LeaseQuerySet["Rescore"]):
    def under_way(self) -> "RescoreQuerySet":
        return self.filter(state=Rescore.State.OPEN)

    def to_compare(self) -> "RescoreQuerySet":
        """Those whose packs a worker may compare now."""
        return self.under_way().unclaimed().filter(differences__isnull=True)


class Rescore(LeasedModel):
    """A re-score of a split: its evaluations show nowhere but on its own page until it is published.

    As a row of a queue it waits for a worker that compares the packs of both rules, or the teams by the new one.
    """

    class State(models.TextChoices):
        OPEN = "open", "dry run"
        PUBLISHED = "published", "published"
        DROPPED = "dropped", "dropped"

    class Scope(models.TextChoices):
        ALL = "all", "all scored and rejected submissions"
        STANDING = "standing", "only those on the leaderboards"
        CHOSEN = "chosen", "only chosen teams and submissions"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="rescores")
    split = models.CharField(max_length=4, choices=Split)
    old_rule = models.ForeignKey(ScoringRule, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(
        ScoringRule, null=True, on_delete=models.SET_NULL, related_name="rescores", help_text="The proposed one."
    )
    number = models.PositiveIntegerField(help_text="Of the proposed rule, which is deleted if it is dropped.")
    phases: "models.ManyToManyField[Phase, models.Model]" = models.ManyToManyField(Phase, related_name="rescores")
    chosen: "models.ManyToManyField[Submission, models.Model]" = models.ManyToManyField(
        Submission, related_name="+", help_text="What is scored where some are chosen."
    )
    scope = models.CharField(max_length=8, choices=Scope, default=Scope.ALL)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    differences = models.JSONField(null=True, help_text="Of the packs, in the evaluator's words.")
    last_error = models.TextField(blank=True, help_text="Why the packs could not be compared.")
    significance = models.JSONField(
        default=dict, help_text="By phase, how the teams of its board by the proposed rule are related."
    )

    objects = RescoreQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "re-score"
        constraints = [
            models.UniqueConstraint(
                fields=["track", "split"],
                condition=Q(state="open"),
                name="one_open_rescore",
                violation_error_message="A re-score of this split is under way: publish or drop it first.",
            ),
            models.CheckConstraint(
                condition=Q(state="dropped") | Q(rule__isnull=False),
                name="rescore_has_a_rule_until_dropped",
                violation_error_message="A re-score keeps its scoring rule until it is dropped.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.track.short_title}, {self.get_split_display()}: rule {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("rescores:rescore", args=[self.pk])

    @property
    def folder(self) -> Path:
        """Where its pictures of the ground truth are: private, for organisers only."""
        return settings.RESCORES_DIR / str(self.pk)
