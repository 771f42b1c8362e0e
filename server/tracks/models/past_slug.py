"""Slugs that tracks and phases had: their old addresses lead to the present ones."""

from django.db import models
from django.utils import timezone

from server.tracks.models.phase import Phase
from server.tracks.models.track import Track


class PastSlug(models.Model):
    """A former slug of a track, or of one of its phases. No other one may take it."""

    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="past_slugs")
    phase = models.ForeignKey(Phase, null=True, on_delete=models.CASCADE, related_name="past_slugs")
    slug = models.SlugField()
    until = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["until"]
        constraints = [
            models.UniqueConstraint(
                fields=["slug"],
                condition=models.Q(phase=None),
                name="past_track_slug_once",
                violation_error_message="Another track had this slug, and its links lead there.",
            ),
            models.UniqueConstraint(
                fields=["track", "slug"],
                condition=models.Q(phase__isnull=False),
                name="past_phase_slug_once",
                violation_error_message="Another phase of the track had this slug, and its links lead there.",
            ),
        ]

    def __str__(self) -> str:
        return self.slug
