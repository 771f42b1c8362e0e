"""Final results, frozen by version; their files; and paper packs, which a worker makes."""

import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from server.leases import LeasedModel, LeaseQuerySet
from server.tracks.models import Phase

TRIES = 3  # of a worker to make a pack


class FinalResults(models.Model):
    """The final results of a phase as they were published; nothing of it changes but that it is withdrawn."""

    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="final_results")
    number = models.PositiveIntegerField(help_text="The version, counted from 1 in each phase.")
    published_at = models.DateTimeField(default=timezone.now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=500)
    headline = models.CharField(max_length=100, help_text="The metric that ranks, as the board names it.")
    winners = models.JSONField(help_text="The rows of ranks 1 to 3, as the board showed them.")
    teams = models.PositiveIntegerField(help_text="How many teams were ranked.")
    citation = models.TextField(help_text="BibTeX.")
    board_content = models.CharField(max_length=64, help_text="Names all that the board said then.")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    withdrawn_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name_plural = "final results"
        ordering = ["phase__track__number", "phase__opens_at", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["phase", "number"],
                name="final_results_version_once",
                violation_error_message="The phase has final results with this version already.",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | ~Q(withdrawn_reason=""),
                name="final_results_are_withdrawn_for_a_reason",
                violation_error_message="Give the reason why the final results are withdrawn.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.phase}, version {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("results:version", args=[self.phase.track.slug, self.phase.slug, self.number])


class ResultsFile(models.Model):
    """A file of final results, to the byte; only added."""

    results = models.ForeignKey(FinalResults, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    group = models.CharField(max_length=40)
    title = models.CharField(max_length=40, help_text="Its format.")
    content_type = models.CharField(max_length=80)
    content = models.TextField()
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["results", "name"],
                name="results_file_once",
                violation_error_message="These results have a file with this name already.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{self.results.get_absolute_url()}{self.name}"


class PaperPackQuerySet(LeaseQuerySet["PaperPack"]):
    def to_make(self) -> "PaperPackQuerySet":
        return self.filter(state=PaperPack.State.WAITING).unclaimed()

    def to_delete(self) -> "PaperPackQuerySet":
        return self.filter(state=PaperPack.State.READY, delete_at__lte=Now())


class PaperPack(LeasedModel):
    """Everything that a report about some phases needs, in one zip for organisers; a worker makes it."""

    class State(models.TextChoices):
        WAITING = "waiting", "being made"
        READY = "ready", "ready"
        FAILED = "failed", "failed"
        DELETED = "deleted", "deleted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    phases: "models.ManyToManyField[Phase, models.Model]" = models.ManyToManyField(Phase, related_name="+")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(null=True)
    delete_at = models.DateTimeField(null=True)
    size = models.PositiveBigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)

    objects = PaperPackQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"paper pack of {self.created_at:%Y-%m-%d %H:%M} UTC"

    @property
    def path(self) -> Path:
        """Its file, private to this server. The fence keeps a worker that lost the lease from replacing it."""
        return settings.PAPER_PACKS_DIR / f"{self.pk}-{self.fence}.zip"
