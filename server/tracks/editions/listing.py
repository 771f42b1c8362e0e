"""Listing an edition, which makes it public, and unlisting it."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from server.accounts.models import User
from server.acts import check_fingerprint, checked_reason
from server.audit.services import publish_line, record
from server.tracks.editions.exceptions import HasSubmissions, IsListed, IsNotListed, NoTracks
from server.tracks.editions.readiness import outdated_texts, without_truth
from server.tracks.models import Edition, Phase
from server.tracks.services import lock_phases


@dataclass(frozen=True)
class ListingPreview:
    """What follows when an edition is listed or unlisted, and what an organiser should look at before."""

    effects: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def preview_listing(edition: Edition) -> ListingPreview:
    """Return what follows. Raises IsListed or NoTracks."""
    tracks, others = list(edition.tracks.all()), Edition.objects.exclude(pk=edition.pk)
    if edition.is_listed:
        raise IsListed(edition)
    if not tracks:
        raise NoTracks(edition)
    phases = list(Phase.objects.filter(track__edition=edition).select_related("track__edition"))
    public = f"Its tracks ({len(tracks)}) and phases ({len(phases)}) become public, on pages and in the API."
    ready = [phase for phase in phases if phase.status == "open" and phase.published_rule()]
    now_open = [f"{phase} is open: teams can submit from this moment on." for phase in ready]
    return ListingPreview(
        effects=(public, _front_page_after(edition), *now_open, "The public log tells it."),
        warnings=(*without_truth(edition), *outdated_texts(tracks, others.values_list("title", flat=True))),
    )


def _front_page_after(edition: Edition) -> str:
    present = Edition.objects.current()
    if present is None:
        return f"The front page shows {edition}."
    if (present.starts_on, present.pk) > (edition.starts_on, edition.pk):
        return f"The front page still shows {present}, which starts later; {edition} is in the archive."
    return f"The front page shows {edition}; {present} is in the archive, with all its addresses."


def preview_unlisting(edition: Edition) -> ListingPreview:
    """Return what follows. Raises IsNotListed or HasSubmissions."""
    if not edition.is_listed:
        raise IsNotListed(edition)
    if Phase.objects.filter(track__edition=edition, submissions__isnull=False).exists():
        raise HasSubmissions(edition)
    left = Edition.objects.exclude(pk=edition.pk).current()
    shown = (
        f"The front page shows {left}." if left else "The front page shows no track: no other edition is listed."
    )
    gone = "Its pages, its phases and its part of the API no longer exist for anybody but organisers."
    return ListingPreview(effects=(gone, shown, "The public log tells it."))


@transaction.atomic
def list_edition(edition: Edition, *, by: User | str, reason: str, seen: str | None = None) -> None:
    """Make it public. Raises ActRefused."""
    reason, fresh = checked_reason(reason), _locked(edition)
    check_fingerprint(seen, preview_listing(fresh))
    fresh.listed_at = timezone.now()
    _save(fresh, by, "listed an edition", reason)
    tracks = ", ".join(track.short_title for track in fresh.tracks.all())
    publish_line(text=f"Edition {fresh} is listed: {tracks}.", url=fresh.get_absolute_url(), by=by)


@transaction.atomic
def unlist_edition(edition: Edition, *, by: User | str, reason: str, seen: str | None = None) -> None:
    """Make it invisible again, while nobody has submitted. Raises ActRefused.

    Whoever submits holds a lock on the phase: the submission is seen here, or sees that the edition is not listed.
    """
    reason, fresh = checked_reason(reason), _locked(edition)
    lock_phases(Phase.objects.filter(track__edition=fresh))
    check_fingerprint(seen, preview_unlisting(fresh))
    fresh.listed_at = None
    _save(fresh, by, "unlisted an edition", reason)
    publish_line(text=f"Edition {fresh} is no longer listed.", by=by)


def _locked(edition: Edition) -> Edition:
    return Edition.objects.select_for_update().get(pk=edition.pk)


def _save(edition: Edition, by: User | str, what: str, reason: str) -> None:
    edition.save(update_fields=["listed_at"])
    was = "no" if edition.is_listed else "yes"
    changes = {"listed": [was, "yes" if edition.is_listed else "no"]}
    record(by=by, what=what, subject=edition, changes=changes, reason=reason)
