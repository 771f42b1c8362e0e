"""Editions that are being prepared: what they lack before they can be listed."""

from django.urls import reverse

from server.desk.sections.line import DeskLine, Section
from server.tracks.editions.readiness import splits_without_truth
from server.tracks.models import Edition


def unlisted() -> Section:
    """Editions that only organisers see."""
    editions = Edition.objects.filter(listed_at=None)
    return Section("editions", "Editions that are not listed", [_line(edition) for edition in editions])


def _line(edition: Edition) -> DeskLine:
    missing = splits_without_truth(edition)
    named = ", ".join(f"{track.short_title} {split.label}" for track, split in missing)
    lacks = f"Ground truth is missing for {named}." if missing else "Every split has its ground truth."
    return DeskLine(
        title=f"{edition}: only organisers see it",
        text=f"{lacks} Its tracks and phases become public once you list it.",
        url=reverse("editions:detail", args=[edition.slug]),
        key=f"edition {edition.pk} lacks {len(missing)}",
    )
