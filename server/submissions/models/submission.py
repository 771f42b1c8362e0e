"""Submissions: the archive that a team submitted, and its description of the method."""

import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from server.accounts.models import User
from server.teams.models import Team
from server.time_format import format_utc
from server.tracks.models import Phase


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

    KEY_LENGTH = 100
    idempotency_key = models.CharField(max_length=KEY_LENGTH, null=True, blank=True, editable=False)  # noqa: DJ001
    NUMBER_UNIQUE = "submission_number_unique"
    upload = models.UUIDField(null=True, unique=True, editable=False, help_text="The resumable upload it came by.")

    archive_name = models.CharField(max_length=200, unique=True)
    original_name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["-received_at"]
        constraints = [
            # null, not "", if no key was sent: nulls do not collide
            models.UniqueConstraint(
                fields=["team", "idempotency_key"],
                name="one_submission_per_key",
                violation_error_message="The team has used this Idempotency-Key already.",
            ),
            models.UniqueConstraint(
                fields=["team", "phase", "day", "number_of_day"],
                name="submission_number_unique",
                violation_error_message="The team has a submission with this number on that day already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team}, {format_utc(self.received_at)}"

    def get_absolute_url(self) -> str:
        return reverse("site:submission", args=[self.pk])

    def shows_results_to(self, reader: User) -> bool:
        """Whether this person may see the scores, rank and curve now."""
        return reader.is_staff or self.phase.shows_results(timezone.now())

    @property
    def archive_path(self) -> Path:
        return settings.ARCHIVES_DIR / self.archive_name
