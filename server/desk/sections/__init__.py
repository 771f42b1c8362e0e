"""What is to be done, in sections, worst first."""

from dataclasses import replace

from django.utils import timezone

from server.desk.models import PutAway
from server.desk.sections import (
    alarms,
    boards,
    editions,
    ground_truth,
    mail,
    phases,
    results,
    submissions,
    verification,
)
from server.desk.sections.line import Section

LONGEST = 20  # lines of a section


def sections() -> list[Section]:
    """All sections that have a line, without what was put away."""
    now = timezone.now()
    every = [
        alarms.lasting(),
        mail.on_hold(),
        submissions.failed(),
        ground_truth.not_usable(),
        phases.without_rule(now),
        mail.stuck(),
        boards.intervals_failing(),
        results.packs_failing(),
        phases.waiting_for_results(now),
        results.not_published(now),
        verification.cases(now),
        verification.to_open(),
        phases.overlapping(now),
        submissions.equal_maps(),
        submissions.duplicates(),
        editions.unlisted(),
    ]
    put_away = set(PutAway.objects.values_list("key", flat=True))
    return [seen for section in every if (seen := _without(section, put_away)).lines]


def _without(section: Section, put_away: set[str]) -> Section:
    lines = [line for line in section.lines if line.key not in put_away]
    return replace(section, lines=lines[:LONGEST], more=max(0, len(lines) - LONGEST))
