"""Slugs of tracks and phases: one that changes keeps its old addresses, which redirect to the new ones."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from server.tracks.models import PastSlug, Phase, Track


def check_slug_free(row: Track | Phase) -> None:
    """Check that the slug is no former one of another row. Raises ValidationError."""
    past = _past_slugs_beside(row).filter(slug=row.slug)
    taken = (past.exclude(**_owner(row)) if row.pk else past).first()
    if taken:
        raise ValidationError(
            {
                "slug": f"“{row.slug}” was the slug of {taken.phase or taken.track}, and links with it still lead "
                "there. Choose another."
            }
        )


@transaction.atomic
def keep_old_slug(row: Track | Phase, old: str) -> None:
    """Keep the addresses with the old slug of a row whose slug changes; one that it takes back is no old one."""
    own = _past_slugs_beside(row).filter(**_owner(row))
    own.filter(slug=row.slug).delete()
    own.get_or_create(slug=old, **_owner(row))


def present_slugs(arguments: Mapping[str, Any], visible: QuerySet[Track]) -> dict[str, str]:
    """Return the present slugs for the arguments of an address, if they are former ones of a visible track."""
    name = arguments.get("track")
    track = (
        visible.filter(slug=name).first() or visible.filter(past_slugs__slug=name, past_slugs__phase=None).first()
    )
    if track is None:
        return {}
    found = {"track": track.slug}
    if isinstance(slug := arguments.get("phase"), str):
        present = Phase.objects.filter(track=track, slug=slug)
        phase = present.first() or Phase.objects.filter(track=track, past_slugs__slug=slug).first()
        found["phase"] = phase.slug if phase else slug
    return found if any(arguments[key] != value for key, value in found.items()) else {}


def _owner(row: Track | Phase) -> dict[str, Any]:
    return {"track": row.track, "phase": row} if isinstance(row, Phase) else {"track": row, "phase": None}


def _past_slugs_beside(row: Track | Phase) -> QuerySet[PastSlug]:
    """Return the former slugs that a row must not take: those of all tracks, or of its track's phases."""
    if isinstance(row, Phase):
        return PastSlug.objects.filter(track=row.track_id, phase__isnull=False)
    return PastSlug.objects.filter(phase=None)
