"""Resumable uploads: archives on their way in pieces."""

import uuid
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils import timezone

from server.accounts.models import User
from server.teams.models import Team
from server.tracks.models import Phase


def end_of_lifetime() -> datetime:
    return timezone.now() + settings.UPLOAD_LIFETIME


class ResumableUploadQuerySet(models.QuerySet["ResumableUpload"]):
    def of(self, user: User) -> "ResumableUploadQuerySet":
        """Uploads that this person began and may go on with: while still in that team, until they expire."""
        return self.filter(user=user, team__memberships__user=user, expires_at__gt=timezone.now())


class ResumableUpload(models.Model):
    """An archive that a person sends in pieces, until it is submitted. How much has arrived is the file's size."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    phase = models.ForeignKey(Phase, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    length = models.PositiveBigIntegerField()
    expected_sha256 = models.CharField(max_length=64, blank=True, help_text="Announced before the first byte.")
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the whole file, once it has arrived.")
    began_at = models.DateTimeField(help_text="When it was announced; decides the deadline.")
    expires_at = models.DateTimeField(default=end_of_lifetime)

    objects = ResumableUploadQuerySet.as_manager()

    class Meta:
        ordering = ["began_at"]

    def __str__(self) -> str:
        return f"{self.name} of {self.team}"

    @property
    def path(self) -> Path:
        return settings.ARCHIVES_DIR / "incoming" / f"{self.pk}.part"
