"""Plan of the next edition: unsaved copies of another one's tracks and phases."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.text import slugify

from server.tracks.models import Edition, Phase, Track

OWN_OF_TRACK = {"id", "edition"}
OWN_OF_PHASE = {"id", "track", "paused", "results_shown_at"}


@dataclass(frozen=True)
class TrackPlan:
    track: Track
    phases: tuple[Phase, ...]


@dataclass(frozen=True)
class EditionPlan:
    """An edition that is to be created. Its rows are unsaved; ground truth and scoring rules are no part of it."""

    source: Edition
    edition: Edition
    tracks: tuple[TrackPlan, ...]


def copies_of(source: Edition, title: str, starts_on: date) -> EditionPlan:
    """Return a plan with copies of all tracks and phases, in the source's order."""
    headline = source.headline.replace(source.title, title)
    edition = Edition(title=title, slug=slugify(title)[:50], headline=headline, starts_on=starts_on)
    return EditionPlan(
        source, edition, tuple(_track_plan(track, source, edition) for track in source.tracks.all())
    )


def _track_plan(track: Track, source: Edition, edition: Edition) -> TrackPlan:
    """Return copies with an address of their own; class names, rules and limits stay."""
    slug = f"{track.slug.removesuffix(f'-{source.slug}')}-{edition.slug}"[:50]
    copy = Track(**_values(track, OWN_OF_TRACK) | {"slug": slug})
    phases = tuple(_copy_of_phase(phase, source, edition) for phase in track.phases.all())
    for phase in phases:
        phase.track = copy
    return TrackPlan(copy, phases)


def _copy_of_phase(phase: Phase, source: Edition, edition: Edition) -> Phase:
    """Return a copy with dates as long after the edition's start; its title names the edition."""
    later, title = edition.starts_on - source.starts_on, phase.title.replace(source.title, edition.title)
    own = {
        "title": title if edition.title in title else f"{title} {edition.title}"[:80],
        "opens_at": phase.opens_at + later,
        "closes_at": phase.closes_at + later if phase.closes_at else None,
    }
    return Phase(**_values(phase, OWN_OF_PHASE) | own)


def _values(row: Track | Phase, left_out: set[str]) -> dict[str, Any]:
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name not in left_out
    }
