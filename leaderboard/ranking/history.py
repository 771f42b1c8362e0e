"""What decided over a board at a moment of the past: read from what was recorded when it happened."""

from copy import copy
from datetime import datetime

from django.db.models import Q

from leaderboard.models import Review
from server.audit.models import Decision
from server.submissions.models import Entry, PastEntry
from server.tracks.models import Phase, ScoringRule

OF_A_PHASE = ("results", "results_shown_at", "closes_at", "stands_on")


def phase_at(phase: Phase, at: datetime) -> Phase:
    """The phase as it was set up then: as it is now, with what was decided since turned back."""
    then = copy(phase)
    for decision in Decision.objects.about(phase).filter(at__gt=at).order_by("-at", "-pk"):
        for name in decision.changes.keys() & set(OF_A_PHASE):
            field, before = Phase._meta.get_field(name), decision.changes[name][0]
            if before or field.null:
                setattr(then, name, field.to_python(before or None))
    return then


def rule_at(phase: Phase, at: datetime) -> ScoringRule | None:
    """The rule that was published then; the next one's publication ended it."""
    rules = ScoringRule.objects.filter(track=phase.track_id, split=phase.split, published_at__lte=at)
    return rules.exclude(state=ScoringRule.State.DRAFT).order_by("published_at", "number").last()


def reviews_at(phase: Phase, at: datetime | None) -> dict[object, list[Review]]:
    """By submission, what the organisers said that stood then, or stands now."""
    said, standing = Review.objects.filter(submission__phase=phase), Q(taken_back_at=None)
    if at:
        said, standing = said.filter(at__lte=at), standing | Q(taken_back_at__gt=at)
    reviews: dict[object, list[Review]] = {}
    for review in said.filter(standing).order_by("at"):
        reviews.setdefault(review.submission_id, []).append(review)
    return reviews


def hidden_now(phase: Phase) -> set[object]:
    """The submissions that the organisers hide now; no look into the past brings them back."""
    hidden = Review.objects.filter(submission__phase=phase, verdict=Review.Verdict.HIDDEN, taken_back_at=None)
    return set(hidden.values_list("submission_id", flat=True))


def withdrawn_now(phase: Phase) -> set[object]:
    return set(phase.submissions.filter(withdrawn_at__isnull=False).values_list("pk", flat=True))


def past_entries(phase: Phase, at: datetime) -> list[PastEntry]:
    """How each team stood then; a team whose earlier history was not recorded, as it first was known."""
    known = PastEntry.objects.filter(Q(since__lte=at) | Q(first_known=True), phase=phase)
    return list({past.team_id: past for past in known.order_by("since", "pk")}.values())


def entries_at(phase: Phase, past: list[PastEntry], now: datetime) -> dict[object, Entry]:
    """By team, as the present has them. Who stands under a pseudonym now does so in all the past as well."""
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


def known_since(phase: Phase) -> datetime | None:
    """From when on it is recorded how teams stand; None where that always was."""
    first = PastEntry.objects.filter(phase=phase, first_known=True).order_by("since")
    return first.values_list("since", flat=True).first()
