"""Phases: what opens or closes soon, and what an organiser should look at."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import combinations

from django.db.models import Q
from django.urls import reverse

from server.desk.sections.line import DeskLine, Section
from server.time_format import format_utc
from server.tracks.models import Phase

SOON = timedelta(hours=48)


def coming_up(now: datetime) -> list[DeskLine]:
    """Phases that open or close within 48 hours, by time."""
    phases = Phase.objects.select_related("track")
    opening = phases.filter(opens_at__gt=now, opens_at__lte=now + SOON)
    closing = phases.filter(closes_at__gt=now, closes_at__lte=now + SOON)
    lines = [_dated(phase, "opens", phase.opens_at) for phase in opening]
    lines += [_dated(phase, "closes", phase.closes_at) for phase in closing]
    return sorted(lines, key=lambda line: line.at or now)


def _dated(phase: Phase, what: str, at: datetime | None) -> DeskLine:
    return DeskLine(str(phase), "", url=phase.get_absolute_url(), at=at, at_label=what)


def without_rule(now: datetime) -> Section:
    """Phases of listed editions that are open, or open soon, and can take no submissions."""
    near = Phase.objects.listed().not_closed_at(now).filter(opens_at__lte=now + SOON).select_related("track")
    ready = set(near.that_can_score().values_list("pk", flat=True))
    return Section(
        "not-ready",
        "Phases that cannot take submissions",
        [_without_rule(phase, now) for phase in near if phase.pk not in ready],
        tone="danger",
    )


def _without_rule(phase: Phase, now: datetime) -> DeskLine:
    opens = "It is open" if phase.opens_at <= now else f"It opens on {format_utc(phase.opens_at)}"
    why = phase.track.scorer_error or (
        f"no ground truth is published for its split ({phase.get_split_display()}). Upload one and publish it."
    )
    return DeskLine(str(phase), f"{opens}, and {why}", url=reverse("ground_truth:index"), at=phase.opens_at)


def waiting_for_results(now: datetime) -> Section:
    """Closed phases whose results an organiser still has to show."""
    waiting = Phase.objects.filter(results=Phase.Results.BY_ORGANISER, results_shown_at=None, closes_at__lte=now)
    return Section(
        "results",
        "Results that wait to be shown",
        [
            DeskLine(
                str(phase),
                "The phase has closed, and nobody but organisers sees its results until you show them.",
                url=f"{reverse('organiser_phases:change')}?phases={phase.pk}&act=show_results",
                at=phase.closes_at,
                at_label="closed",
                key=f"results {phase.pk}",
            )
            for phase in waiting.select_related("track")
        ],
    )


def overlapping(now: datetime) -> Section:
    """Phases of one track and split that are open at the same time, now or later."""
    return Section(
        "overlaps",
        "Phases that overlap",
        list(_overlaps(now)),
        intro="Each phase has its own quota, so a team has more submissions to the same images than either says.",
        admin_url=reverse("admin:tracks_phase_changelist"),
        tone="warning",
    )


def _overlaps(now: datetime) -> Iterator[DeskLine]:
    phases = Phase.objects.filter(Q(closes_at=None) | Q(closes_at__gt=now)).select_related("track")
    for one, other in combinations(phases.order_by("track", "opens_at"), 2):
        same = (one.track_id, one.split) == (other.track_id, other.split)
        if same and (one.closes_at is None or other.opens_at < one.closes_at):
            yield _overlap(one, other)


def _overlap(one: Phase, other: Phase) -> DeskLine:
    ends = min((phase.closes_at for phase in (one, other) if phase.closes_at), default=None)
    until = f"until {format_utc(ends)}" if ends else "without an end"
    return DeskLine(
        title=f"{one.track.short_title}: {one.title} and {other.title}",
        text=f"Both take submissions to the {one.get_split_display()} split, from {format_utc(other.opens_at)} "
        f"{until}. There a team has {one.limit} ({one.get_per_display()}) + {other.limit} "
        f"({other.get_per_display()}).",
        url=reverse("admin:tracks_phase_change", args=[other.pk]),
        key=f"overlap {one.pk} {other.pk}",
    )
