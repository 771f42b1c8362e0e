"""Phase, rule, reviews and entries as they were at a past time, read from what was recorded then."""

from copy import copy
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from leaderboard.models import Review
from server.audit.models import AuditLogEntry
from server.submissions.models import Entry, EntryVersion, TeamDisqualification
from server.tracks.models import Phase

PHASE_SETTINGS = {"results", "results_shown_at", "closes_at", "stands_on"}


def phase_at(phase: Phase, at: datetime) -> Phase:
    """The phase with its settings of that time: a copy of the present one with later changes undone."""
    then = copy(phase)
    settings = {field.name: field for field in Phase._meta.concrete_fields if field.name in PHASE_SETTINGS}
    for decision in AuditLogEntry.objects.about(phase).filter(at__gt=at).order_by("-at", "-pk"):
        for name in decision.changes.keys() & settings.keys():
            field, before = settings[name], decision.changes[name][0]
            if before or field.null:
                setattr(then, name, field.to_python(before or None))
    return then


def reviews_at(phase: Phase, at: datetime | None) -> dict[UUID, list[Review]]:
    """The reviews in force at that time, or now, by submission."""
    by_submission: dict[UUID, list[Review]] = {}
    for review in Review.objects.filter(_in_force(at), submission__phase=phase).order_by("at"):
        by_submission.setdefault(review.submission_id, []).append(review)
    return by_submission


def disqualifications_at(phase: Phase, at: datetime | None) -> dict[UUID, TeamDisqualification]:
    """The disqualifications in force at that time, or now, by team."""
    found = TeamDisqualification.objects.filter(_in_force(at), phase=phase)
    return {disqualification.team_id: disqualification for disqualification in found}


def _in_force(at: datetime | None) -> Q:
    not_undone = Q(undone_at=None)
    return Q(at__lte=at) & (not_undone | Q(undone_at__gt=at)) if at else not_undone


def hidden_now(phase: Phase) -> set[UUID]:
    """The submissions that the organisers hide now; boards of the past leave them out as well."""
    hidden = Review.objects.filter(submission__phase=phase, verdict=Review.Verdict.HIDDEN, undone_at=None)
    return set(hidden.values_list("submission_id", flat=True))


def withdrawn_now(phase: Phase) -> set[UUID]:
    return set(phase.submissions.filter(withdrawn_at__isnull=False).values_list("pk", flat=True))


def past_entries(phase: Phase, at: datetime) -> list[EntryVersion]:
    """Each team's entry at that time."""
    recorded = EntryVersion.objects.filter(since__lte=at, phase=phase)
    return list({past.team_id: past for past in recorded.order_by("since", "pk")}.values())


def entries_at(phase: Phase, past: list[EntryVersion], now: datetime) -> dict[UUID, Entry]:
    """The entries by team. A pseudonym in use now also applies to all of the past."""
    entries = {
        one.team_id: Entry(
            team_id=one.team_id,
            phase_id=one.phase_id,
            chosen_id=one.chosen_id,
            pseudonym=one.pseudonym,
            pseudonym_until=one.pseudonym_until,
        )
        for one in past
    }
    for present in Entry.objects.filter(phase=phase, pseudonym_until__gt=now).exclude(pseudonym=""):
        entry = entries.setdefault(present.team_id, Entry(team_id=present.team_id, phase_id=phase.pk))
        entry.pseudonym, entry.pseudonym_until = present.pseudonym, present.pseudonym_until
    return entries
