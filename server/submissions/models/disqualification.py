"""Disqualifications of whole teams, each in one phase."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from server.teams.models import Team
from server.tracks.models import Phase


class TeamDisqualificationQuerySet(models.QuerySet["TeamDisqualification"]):
    def in_force(self) -> "TeamDisqualificationQuerySet":
        return self.filter(undone_at=None)

    def teams(self, phase: Phase) -> "models.QuerySet[TeamDisqualification, Any]":
        """The keys of the teams that are disqualified in a phase now, as a subquery."""
        return self.in_force().filter(phase=phase).values("team")


class TeamDisqualification(models.Model):
    """A team that has no rank in a phase, whatever it has submitted there, and can submit nothing more.

    One act may disqualify in several phases; its rows share `act`, and are undone together.
    """

    act = models.UUIDField(default=uuid.uuid4, db_index=True, editable=False)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="disqualifications")
    phase = models.ForeignKey(Phase, on_delete=models.CASCADE, related_name="disqualifications")
    reason = models.CharField(max_length=500, help_text="Shown on the leaderboard and to the team.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = TeamDisqualificationQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "phase"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "phase"],
                condition=Q(undone_at=None),
                name="one_disqualification_in_force",
                violation_error_message="The team is disqualified in this phase already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.team} in {self.phase}"
