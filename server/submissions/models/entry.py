"""Entries of teams on boards, and their history: an append-only table with a row for every change."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from server.submissions.models.submission import Submission
from server.teams.models import Team
from server.time_format import format_utc
from server.tracks.models import Phase

PSEUDONYM_LENGTH = 60


class Entry(models.Model):
    """A team's choices for its row on a phase's board: which submission counts, and under which name."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="entries")
    phase = models.ForeignKey(Phase, on_delete=models.CASCADE, related_name="entries")
    chosen = models.ForeignKey(Submission, null=True, on_delete=models.PROTECT, related_name="+")
    pseudonym = models.CharField(max_length=PSEUDONYM_LENGTH, blank=True)
    pseudonym_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(
                fields=["team", "phase"],
                name="one_entry_per_team_and_phase",
                violation_error_message="The team has an entry in this phase already.",
            ),
            models.UniqueConstraint(
                "phase",
                Lower("pseudonym"),
                condition=~Q(pseudonym=""),
                name="pseudonym_once_per_phase",
                violation_error_message="Another team uses this pseudonym in this phase.",
            ),
            models.CheckConstraint(
                condition=Q(pseudonym="") | Q(pseudonym_until__isnull=False),
                name="pseudonyms_end",
                violation_error_message="Say until when the pseudonym is used.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team} in {self.phase}"

    def hides_team(self, at: datetime) -> bool:
        """Whether the pseudonym is shown instead of the team's name at that time."""
        return bool(self.pseudonym and self.pseudonym_until and at < self.pseudonym_until)


class EntryVersion(models.Model):
    """A team's complete entry on a board from a given time on; written in the transaction of the change."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField(default=timezone.now)
    chosen = models.ForeignKey(Submission, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn = models.JSONField(default=list, help_text="The ids of the submissions that were withdrawn.")
    pseudonym = models.CharField(max_length=PSEUDONYM_LENGTH, blank=True)
    pseudonym_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["since", "pk"]
        indexes = [models.Index(fields=["phase", "since"], name="entry_versions_of_board")]
        constraints = [
            models.CheckConstraint(
                condition=Q(pseudonym="") | Q(pseudonym_until__isnull=False),
                name="entry_version_pseudonyms_end",
                violation_error_message="Say until when the pseudonym is used.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team} in {self.phase} from {format_utc(self.since)} on"
