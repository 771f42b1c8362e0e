"""Changes of one or several phases: what follows, and the act itself."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from server.accounts.models import User
from server.acts import check_fingerprint, checked_reason
from server.announcements.audience import Audience
from server.announcements.models import Announcement
from server.announcements.services import draft_announcement
from server.audit.models import PublicLogEntry
from server.audit.services import Changes, as_text, differences, publish_line, record
from server.phases.changes import DATES, IN_ORDER, Act, Change, changed
from server.phases.effects import PhaseEffects, effects_on
from server.phases.exceptions import NoPhaseChosen, NotConfirmed
from server.phases.texts import announcement_of, public_line_of
from server.tracks.models import Phase, Track
from server.tracks.overlaps import Overlap, overlaps_with
from server.tracks.services import lock_phases

SENTENCE_HASH = 12  # hex digits


@dataclass(frozen=True)
class Preview:
    """What follows from a change of these phases, before it is made."""

    change: Change
    effects: tuple[PhaseEffects, ...]
    overlaps: tuple[Overlap, ...]

    @property
    def sentences(self) -> list[str]:
        """All that follows, but for the traffic of submissions."""
        return [sentence for one in self.effects for sentence in one.sentences] + [*map(str, self.overlaps)]

    @property
    def traffic(self) -> list[str]:
        """The numbers that every new submission changes."""
        return [f"{one.after}: {sentence}" for one in self.effects for sentence in one.traffic]

    @property
    def shown(self) -> str:
        """A hash of each sentence, by which a page can tell later which ones are new."""
        return "-".join(map(_hash, self.sentences))

    def news(self, shown: str) -> list[str]:
        """Return the sentences that were not among those that were `shown`."""
        return [sentence for sentence in self.sentences if _hash(sentence) not in shown.split("-")]

    def __repr__(self) -> str:
        """Return what makes two previews the same: the traffic of submissions is no part of it."""
        return "\n".join(self.sentences)


@dataclass(frozen=True)
class Changed:
    """What a change has made; `announcement` is None where no phase is public."""

    preview: Preview
    announcement: Announcement | None


def preview_change(phases: Sequence[Phase], change: Change, now: datetime | None = None) -> Preview:
    """Return what follows, without changing anything. Raises PhaseChangeRefused."""
    now = now or timezone.now()
    if not phases:
        raise NoPhaseChosen
    pairs = [(phase, changed(phase, change, now)) for phase in phases]
    return Preview(
        change=change,
        effects=tuple(effects_on(before, after, now) for before, after in pairs),
        overlaps=tuple(overlaps_with([after for _, after in pairs], now)),
    )


@transaction.atomic
def change_phases(
    phases: Sequence[Phase],
    change: Change,
    *,
    by: User | str,
    reason: str,
    seen: str | None = None,
    confirmed: bool = False,
) -> Changed:
    """Change all the phases, or none. Raises ActRefused.

    `seen` is the fingerprint of the preview that was shown: where something else follows by now, it raises
    PreviewOutdated.
    """
    reason = checked_reason(reason)
    if change.act == Act.CLOSE_NOW and not confirmed:
        raise NotConfirmed
    chosen = Phase.objects.filter(pk__in=[phase.pk for phase in phases])
    lock_phases(chosen)
    fresh = list(chosen.select_related("track__edition").order_by(*IN_ORDER))
    preview = preview_change(fresh, change)
    check_fingerprint(seen, preview)
    changes = {one.after: _save(one, by, reason) for one in preview.effects}
    public = tuple(one for one in preview.effects if one.after.track.edition.is_listed)
    line = _public_line(public, change, by, reason) if public else None
    if len(changes) > 1:
        named = {f"{phase}: {name}": pair for phase, own in changes.items() for name, pair in own.items()}
        subject = line or fresh[0].track
        record(by=by, what="changed several phases", subject=subject, changes=named, reason=reason)
    return Changed(preview, _draft(public, change, by, reason) if public else None)


def _public_line(effects: tuple[PhaseEffects, ...], change: Change, by: User | str, reason: str) -> PublicLogEntry:
    about = _about([one.after for one in effects])
    return publish_line(text=public_line_of(effects, change, reason), about=about, by=by)


def _save(effects: PhaseEffects, by: User | str, reason: str) -> Changes:
    """Save a phase, with an entry of its own: boards of the past are computed from it."""
    changes = differences(as_text(effects.before, DATES), as_text(effects.after, DATES))
    effects.after.save(update_fields=DATES)
    record(by=by, what="changed a phase", subject=effects.after, changes=changes, reason=reason)
    return changes


def _draft(effects: tuple[PhaseEffects, ...], change: Change, by: User | str, reason: str) -> Announcement:
    subject, text = announcement_of(effects, change, reason)
    audience = Audience(phases=tuple(one.after for one in effects))
    return draft_announcement(
        subject=subject, text=text, by=by if isinstance(by, User) else None, audience=audience, on_site=True
    )


def _about(phases: Sequence[Phase]) -> Phase | Track | None:
    """Return what the public line is about: the phase, or the track of all of them."""
    tracks = {phase.track for phase in phases}
    if len(phases) == 1:
        return phases[0]
    return tracks.pop() if len(tracks) == 1 else None


def _hash(sentence: str) -> str:
    return hashlib.sha256(sentence.encode()).hexdigest()[:SENTENCE_HASH]
