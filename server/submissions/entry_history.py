"""History of teams' entries on boards: an append-only table with a row for every change."""

from django.db import models
from django.utils import timezone

from server.teams.models import Team
from server.tracks.models import Phase


class EntryVersion(models.Model):
    """A team's complete entry on a board from a given time on; written in the transaction of the change."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField(default=timezone.now)
    chosen = models.ForeignKey("submissions.Submission", null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn = models.JSONField(default=list, help_text="The ids of the submissions that were withdrawn.")
    pseudonym = models.CharField(max_length=60, blank=True)
    pseudonym_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["since", "pk"]
        indexes = [models.Index(fields=["phase", "since"], name="entry_versions_of_board")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(pseudonym="") | models.Q(pseudonym_until__isnull=False),
                name="entry_version_pseudonyms_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team} in {self.phase} from {self.since:%Y-%m-%d %H:%M:%S} on"
