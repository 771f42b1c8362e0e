"""What follows from a change of a track's or phase's settings, in sentences; shown before it is saved."""

from collections.abc import Iterator

from django.dispatch import Signal
from django.utils import timezone

from server.tracks.models import Phase, ScoringRule, Track
from server.tracks.overlaps import overlaps_with

# Sent with `before` and `after`, a phase or track as it is and as it would be saved; receivers return sentences.
settings_change = Signal()
NAMED = 5  # labels


def effects_on_phase(before: Phase | None, after: Phase) -> list[str]:
    """Return what follows for a phase; `before` is None for a new one."""
    now = timezone.now()
    known = {overlap.phases for overlap in overlaps_with([before], now)} if before else set()
    overlaps = [str(overlap) for overlap in overlaps_with([after], now) if overlap.phases not in known]
    if before is None:
        return overlaps
    return [*_slug_effects(before, after), *_details(before, after), *_told(before, after), *overlaps]


def effects_on_track(before: Track | None, after: Track) -> list[str]:
    """Return what follows for a track; nothing for a new one."""
    if before is None:
        return []
    own = (_slug_effects, _scorer, _class_names)
    return [*(text for effects in own for text in effects(before, after)), *_told(before, after)]


def _told(before: Phase | Track, after: Phase | Track) -> Iterator[str]:
    for _, sentences in settings_change.send(type(after), before=before, after=after):
        yield from sentences or ()


def _slug_effects(before: Phase | Track, after: Phase | Track) -> Iterator[str]:
    if before.slug != after.slug:
        yield f"Addresses with “{before.slug}” lead to those with “{after.slug}” from now on."


def _details(before: Phase, after: Phase) -> Iterator[str]:
    now = timezone.now()
    were, are = before.shows_details(now), after.shows_details(now)
    if were != are:
        yield f"Results per class {'become public' if are else 'are hidden'}."
    if before.shows_intervals and not after.shows_intervals:
        yield "Confidence intervals are no longer shown."


def _scorer(before: Track, after: Track) -> Iterator[str]:
    if before.scorer == after.scorer:
        return
    rules = ScoringRule.objects.filter(track=before, state=ScoringRule.State.PUBLISHED)
    for rule in rules.exclude(scorer=after.scorer):
        yield (
            f"The {rule.get_split_display()} split scores by {rule.scorer} until ground truth that is packed for "
            f"{after.scorer} is published."
        )


def _class_names(before: Track, after: Track) -> Iterator[str]:
    old, new = before.names_of_classes, after.names_of_classes
    lost = sorted(old.keys() - new.keys())
    renamed = sorted(label for label in old.keys() & new.keys() if old[label] != new[label])
    if lost:
        yield f"{_classes(lost)} without a name: {_listed(lost)}."
    if renamed:
        yield f"{_classes(renamed)} with another name: {_listed(renamed)}."


def _classes(labels: list[int]) -> str:
    return "1 class is shown" if len(labels) == 1 else f"{len(labels)} classes are shown"


def _listed(labels: list[int]) -> str:
    more = f" and {len(labels) - NAMED} more" if len(labels) > NAMED else ""
    return ", ".join(map(str, labels[:NAMED])) + more
