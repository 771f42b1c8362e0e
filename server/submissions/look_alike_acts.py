"""What organisers decide about look-alikes: no problem, with a reason, and undone. Teams see nothing of it."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from server.accounts.models import User
from server.acts import ActRefused, check_fingerprint, checked_reason
from server.audit.services import record
from server.submissions.models import LookAlike


class LookAlikeRefused(ActRefused):
    """It is so already; the message says so."""


@dataclass(frozen=True)
class LookAlikePreview:
    """What would follow; nothing is mailed or public."""

    teams: str
    effects: tuple[str, ...]  # what both have in common
    what: str
    way_back: str


def preview_look_alike(found: LookAlike, *, dismiss: bool) -> LookAlikePreview:
    """Return what would follow. Raises LookAlikeRefused where it is so already."""
    rows = LookAlike.objects.of_teams_of(found)
    if bool(found.dismissed_at) == dismiss:
        so = "marked as no problem" if dismiss else "open"
        raise LookAlikeRefused(f"This look-alike is {so} already. Nothing was changed.")
    what = "All that these two teams have in common in this phase now "
    what += "leaves the desk and the organisers’ lists." if dismiss else "is on the desk again."
    way_back = "Open it again on the submission’s page." if dismiss else "Mark it as no problem again."
    concerned = tuple(row.in_words for row in rows if bool(row.dismissed_at) != dismiss)
    return LookAlikePreview(str(found), concerned, f"{what} The teams are told nothing.", way_back)


@transaction.atomic
def dismiss_look_alike(found: LookAlike, *, by: User, reason: str, seen: str | None = None) -> None:
    """Mark what both teams have in common in this phase as no problem.

    Raises LookAlikeRefused, ReasonMissing or PreviewOutdated.
    """
    reason, locked = _checked(found, reason, seen, dismiss=True)
    facts = {"dismissed_at": timezone.now(), "dismissed_by": by, "reason": reason}
    LookAlike.objects.open().of_teams_of(locked).update(**facts)
    record(by=by, what="marked equal maps as no problem", subject=locked.submission, reason=reason)


@transaction.atomic
def reopen_look_alike(found: LookAlike, *, by: User, reason: str, seen: str | None = None) -> None:
    """Undo that. Raises LookAlikeRefused, ReasonMissing or PreviewOutdated."""
    reason, locked = _checked(found, reason, seen, dismiss=False)
    LookAlike.objects.of_teams_of(locked).update(dismissed_at=None, dismissed_by=None, reason="")
    record(by=by, what="opened equal maps again", subject=locked.submission, reason=reason)


def _checked(found: LookAlike, reason: str, seen: str | None, *, dismiss: bool) -> tuple[str, LookAlike]:
    """Return the reason, and the row under a lock: two who press at once take turns."""
    reason = checked_reason(reason)
    locked = LookAlike.objects.select_for_update(of=["self"]).get(pk=found.pk)
    check_fingerprint(seen, preview_look_alike(locked, dismiss=dismiss))
    return reason, locked
