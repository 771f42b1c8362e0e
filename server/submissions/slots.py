"""Quota: numbered slots under a unique constraint that is safe against races. Rows are added and returned only."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Sum
from django.utils import timezone

from server.acts import ActRefused
from server.submissions.models import Slot, SlotGrant, Submission, TeamDisqualification
from server.teams.models import Team
from server.tracks.models import Phase
from server.unique_sequence import take_lowest_free


class AllSlotsUsed(ActRefused):
    """Every slot of the window is taken."""

    def __init__(self, submission: Submission) -> None:
        super().__init__(f"{submission.team} has no free slot in {submission.phase}. Grant it one first.")


def take_slot(submission: Submission) -> Slot:
    """Take the team's lowest free slot for this submission. Raises AllSlotsUsed."""
    team, phase = submission.team, submission.phase
    window = phase.window(submission.began_at)
    numbers = [slot.number for slot in slot_statuses(team, phase, submission.began_at) if slot.state == "free"]
    fields = {"team": team, "phase": phase, "window": window, "submission": submission}
    slot = take_lowest_free(
        numbers, Slot, Slot.NUMBER_UNIQUE, lambda number: Slot.objects.create(number=number, **fields)
    )
    if slot is None:
        raise AllSlotsUsed(submission)
    return slot


def limit(team: Team, phase: Phase, at: datetime) -> int:
    """Return how many slots the team has in the quota window of that time: the quota and grants."""
    granted = SlotGrant.objects.filter(team=team, phase=phase, window=phase.window(at))
    return phase.limit + (granted.aggregate(extra=Sum("extra"))["extra"] or 0)


def return_slot(submission: Submission, reason: str) -> None:
    """Return the submission's slot to the team, with the reason that the quota history shows."""
    Slot.objects.filter(submission=submission, returned_at=None).update(returned_at=timezone.now(), reason=reason)


def taken(team: Team, phase: Phase, at: datetime) -> int:
    """Return how many slots of the quota window at that time the team has used or reserved."""
    return Slot.objects.filter(team=team, phase=phase, window=phase.window(at), returned_at=None).count()


def free(team: Team, phase: Phase, at: datetime) -> int:
    return max(0, limit(team, phase, at) - taken(team, phase, at))


def granted_by_team(phase: Phase, at: datetime) -> dict[UUID, int]:
    """Return how many slots were granted in the quota window at that time, by the key of the team."""
    granted = SlotGrant.objects.filter(phase=phase, window=phase.window(at)).order_by()
    return dict(granted.values_list("team").annotate(extra=Sum("extra")))


def teams_with_slots(phase: Phase, now: datetime) -> set[UUID]:
    """Return the keys of the teams that can still submit: they have a free slot, or a quota window is to come."""
    if phase.closes_at and phase.closes_at <= now:
        return set()
    at, active = max(now, phase.opens_at), Team.objects.filter(archived_at=None)
    teams = active.exclude(pk__in=TeamDisqualification.objects.teams(phase)).values_list("pk", flat=True)
    if phase.next_window_opens(at) is not None:
        return set(teams)
    held = Slot.objects.filter(phase=phase, window=phase.window(at), returned_at=None).order_by()
    used, granted = dict(held.values_list("team").annotate(used=Count("pk"))), granted_by_team(phase, at)
    return {team for team in teams if used.get(team, 0) < phase.limit + granted.get(team, 0)}


@dataclass(frozen=True)
class SlotStatus:
    """A numbered slot of the current quota window: used, reserved or free."""

    number: int
    state: str
    note: str = ""


def slot_statuses(team: Team, phase: Phase, at: datetime) -> list[SlotStatus]:
    """Return all slots of the quota window at that time, by number.

    If the limit was lowered, slots taken above it still count: fewer are free.
    """
    rows = Slot.objects.filter(team=team, phase=phase, window=phase.window(at), returned_at=None).with_state()
    statuses = {
        slot.number: SlotStatus(slot.number, slot.state, f"since {slot.taken_at:%-d %b %H:%M} UTC")
        for slot in rows
    }
    total = limit(team, phase, at)
    free_numbers = [number for number in range(1, total + 1) if number not in statuses]
    statuses |= {number: SlotStatus(number, "free") for number in free_numbers[: max(0, total - len(statuses))]}
    return [statuses[number] for number in sorted(statuses)]


def count_free(statuses: list[SlotStatus]) -> int:
    return sum(status.state == "free" for status in statuses)
