"""Who plays together. The team is the unit of quota and of rank."""

import unicodedata
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone


def name_key(name: str) -> str:
    """What two names share that readers would take for the same."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


class Team(models.Model):
    """One or more people who hand in together."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(max_length=60, help_text="Stands on the leaderboards.")
    username_key = models.CharField(max_length=120, unique=True, editable=False)
    name = models.CharField(
        "team or affiliation", max_length=120, blank=True, help_text="Stands beside the username."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["username"]

    def __str__(self) -> str:
        return self.username


class Membership(models.Model):
    """A person's place in a team; a person has one."""

    class Role(models.TextChoices):
        CAPTAIN = "captain"
        MEMBER = "member"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="membership")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["joined_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["team"], condition=models.Q(role="captain"), name="one_captain_per_team"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


def a_week_from_now() -> datetime:
    return timezone.now() + timedelta(days=7)


class Invitation(models.Model):
    """A link that lets whoever holds it join the team until it expires or is withdrawn."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="invitations")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(default=a_week_from_now)
    withdrawn_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"invitation to {self.team}"

    def get_absolute_url(self) -> str:
        return reverse("teams:join", args=[self.pk])

    @property
    def link(self) -> str:
        """The whole address, to be sent to whom the captain invites."""
        return settings.SITE_URL + self.get_absolute_url()

    @property
    def usable(self) -> bool:
        return self.withdrawn_at is None and self.expires_at > timezone.now()
