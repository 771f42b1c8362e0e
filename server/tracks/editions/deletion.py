"""Deleting an edition that was made by mistake, with its tracks and phases, while nothing else hangs on it."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.db.models.deletion import ProtectedError

from server.accounts.models import User
from server.acts import check_fingerprint, checked_reason
from server.audit.services import as_text, differences, record
from server.tracks.editions.exceptions import HasMore, IsGone, StillListed
from server.tracks.editions.listing import ListingPreview
from server.tracks.models import Edition, PastSlug, Phase, Track
from server.tracks.services import lock_phases

# What goes with them: former slugs, and what says that a board without rows is to be looked at.
GO_WITH_THEM = {"tracks.phase", "tracks.pastslug", "leaderboard.intervaljob"}

WHAT: dict[type[Model], str] = {Edition: "deleted an edition", Track: "deleted a track", Phase: "deleted a phase"}


def preview_deletion(edition: Edition) -> ListingPreview:
    """Return what follows. Raises StillListed, and HasMore with what hangs on it."""
    if edition.is_listed:
        raise StillListed(edition)
    tracks = Track.objects.filter(edition=edition)
    phases = Phase.objects.filter(track__in=tracks).select_related("track")
    if found := [*_hanging_on(Track, tracks), *_hanging_on(Phase, phases)]:
        raise HasMore(edition, found)
    gone = [f"Track {track} is deleted." for track in tracks] + [f"Phase {phase} is deleted." for phase in phases]
    return ListingPreview(
        effects=(
            f"Edition {edition} is deleted, and its address is free again.",
            *gone,
            "This cannot be undone. The audit log keeps what was deleted.",
        )
    )


def _hanging_on(model: type[Model], rows: Any) -> Iterator[str]:
    """Tell what refers to these rows, such as “submission (3)”."""
    for relation in model._meta.related_objects:
        related = relation.related_model
        count = related._base_manager.filter(**{f"{relation.field.name}__in": rows}).distinct().count()
        if count and related._meta.label_lower not in GO_WITH_THEM:
            yield f"{related._meta.verbose_name} ({count})"


@transaction.atomic
def delete_edition(edition: Edition, *, by: User | str, reason: str, seen: str | None = None) -> None:
    """Delete it with its tracks and phases. Raises ActRefused."""
    reason, fresh = checked_reason(reason), Edition.objects.select_for_update().filter(pk=edition.pk).first()
    if fresh is None:
        raise IsGone(edition)
    tracks = list(Track.objects.filter(edition=fresh))
    phases = lock_phases(Phase.objects.filter(track__in=tracks))
    check_fingerprint(seen, preview_deletion(fresh))
    for row in [*phases, *tracks, fresh]:
        facts = as_text(row, [field.name for field in row._meta.concrete_fields if field.name != "id"])
        record(by=by, what=WHAT[type(row)], subject=row, changes=differences(facts, {}), reason=reason)
    try:
        _delete(phases, tracks, fresh)
    except ProtectedError as error:  # somebody added it in the same moment
        raise HasMore(fresh, sorted({str(row._meta.verbose_name) for row in error.protected_objects})) from error


def _delete(phases: list[Phase], tracks: list[Track], edition: Edition) -> None:
    PastSlug.objects.filter(track__in=tracks).delete()
    for row in (*phases, *tracks, edition):
        row.delete()
