"""Opening the next edition: what would be created, and the act."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from server.accounts.models import User
from server.acts import check_fingerprint, checked_reason
from server.audit.services import as_text, differences, record
from server.time_format import format_utc
from server.tracks.editions.exceptions import CannotOpen
from server.tracks.editions.plan import EditionPlan, TrackPlan
from server.tracks.editions.readiness import outdated_texts
from server.tracks.models import Edition, Phase, Track
from server.tracks.overlaps import overlaps_among


@dataclass(frozen=True)
class TrackPreview:
    title: str
    address: str
    facts: str
    phases: tuple[str, ...]


@dataclass(frozen=True)
class OpeningPreview:
    """What would be created, in words."""

    title: str
    address: str
    tracks: tuple[TrackPreview, ...]
    warnings: tuple[str, ...]


def preview_opening(plan: EditionPlan) -> OpeningPreview:
    """Return what follows, without creating anything."""
    return OpeningPreview(
        title=f"{plan.edition.title} ({plan.edition.headline})" if plan.edition.headline else plan.edition.title,
        address=plan.edition.get_absolute_url(),
        tracks=tuple(_track_preview(planned) for planned in plan.tracks),
        warnings=tuple(_warnings(plan)),
    )


def _track_preview(planned: TrackPlan) -> TrackPreview:
    track = planned.track
    limit = (
        f"fewer than {track.parameter_limit:,} parameters" if track.parameter_limit else "any number of parameters"
    )
    return TrackPreview(
        title=f"Track {track.number}: {track.title}",
        address=track.get_absolute_url(),
        facts=f"{len(track.rules)} rules; scorer {track.scorer}; {limit}; no ground truth",
        phases=tuple(map(_in_words, planned.phases)),
    )


def _in_words(phase: Phase) -> str:
    closes = f"to {format_utc(phase.closes_at)}" if phase.closes_at else "without an end"
    return (
        f"{phase.title} ({phase.get_split_display()} split), from {format_utc(phase.opens_at)} {closes}: "
        f"{phase.quota}, at most {phase.daily_submission_limit} a day; results {phase.get_results_display()}, "
        f"per class {phase.get_details_display()}"
    )


def _warnings(plan: EditionPlan) -> list[str]:
    now, tracks = timezone.now(), [planned.track for planned in plan.tracks]
    over = [
        f"{phase} closes in the past."
        for planned in plan.tracks
        for phase in planned.phases
        if phase.closes_at and phase.closes_at <= now
    ]
    overlaps = [str(overlap) for planned in plan.tracks for overlap in overlaps_among(planned.phases, now)]
    return [*over, *overlaps, *outdated_texts(tracks, [plan.source.title])]


def open_edition(plan: EditionPlan, *, by: User | str, reason: str, seen: str | None = None) -> Edition:
    """Create the edition, unlisted, all of it or nothing. Raises ActRefused."""
    reason = checked_reason(reason)
    check_fingerprint(seen, preview_opening(plan))
    try:
        with transaction.atomic():
            return _create(plan, by, reason)
    except IntegrityError as error:  # somebody else took a slug at the same moment
        raise CannotOpen(
            "Its slug, or one of a track, was taken meanwhile. Look whether it was created."
        ) from error


def _create(plan: EditionPlan, by: User | str, reason: str) -> Edition:
    plan.edition.listed_at = None
    _save(plan.edition)
    told = {"copied from": plan.source.title} | as_text(plan.edition, ["slug", "headline", "starts_on"])
    record(by=by, what="opened an edition", subject=plan.edition, changes=differences({}, told), reason=reason)
    for planned in plan.tracks:
        planned.track.edition = plan.edition
        _save(planned.track)
        _record_new(planned.track, "added a track", by, reason)
        for phase in planned.phases:
            phase.track = planned.track
            _save(phase)
            _record_new(phase, "added a phase", by, reason)
    return plan.edition


def _save(row: Edition | Track | Phase) -> None:
    """Save a new row that keeps all rules. Raises CannotOpen."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise CannotOpen(f"{row}: {' '.join(error.messages)}") from error
    row.save(force_insert=True)


def _record_new(row: Track | Phase, what: str, by: User | str, reason: str) -> None:
    told = as_text(row, [field.name for field in row._meta.concrete_fields if field.name != "id"])
    record(by=by, what=what, subject=row, changes=differences({}, told), reason=reason)
