"""The quota: numbered slots under a constraint that no race can pass. Rows are only added and returned."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from server.accounts.models import User
from server.audit.services import record
from server.submissions.models import Slot, SlotGrant, Submission
from server.teams.models import Team
from server.tracks.models import Phase
from server.unique_sequence import take_lowest_free


class AllSlotsUsed(Exception):
    """Every slot of the window is taken."""


class SlotGrantRefused(Exception):
    """A grant that cannot stand; the message says why."""


@transaction.atomic
def grant(*, team: Team, phase: Phase, extra: int, reason: str, by: User) -> SlotGrant:
    """Give the team slots beside the quota, in the window that is open now or opens first."""
    if not reason.strip():
        raise SlotGrantRefused("Give the reason: it stands in the team’s quota history.")
    window = phase.window(max(timezone.now(), phase.opens_at))
    given = SlotGrant.objects.create(
        team=team, phase=phase, window=window, extra=extra, reason=reason.strip(), by=by
    )
    changes = {f"extra slots in {phase}, {window}": ["", str(extra)]}
    record(by=by, what="granted slots", subject=team, changes=changes, reason=given.reason)
    return given


def take_slot(submission: Submission) -> Slot:
    """Take the team's lowest free slot for this submission; the constraint decides who gets it."""
    team, phase = submission.team, submission.phase
    window = phase.window(submission.began_at)
    numbers = [slot.number for slot in slot_statuses(team, phase, submission.began_at) if slot.state == "free"]
    facts = {"team": team, "phase": phase, "window": window, "submission": submission}
    slot = take_lowest_free(
        numbers, Slot, Slot.NUMBER_UNIQUE, lambda number: Slot.objects.create(number=number, **facts)
    )
    if slot is None:
        raise AllSlotsUsed
    return slot


def limit(team: Team, phase: Phase, at: datetime) -> int:
    """How many slots the team has in the window of that moment: the phase's and those granted to it."""
    granted = SlotGrant.objects.filter(team=team, phase=phase, window=phase.window(at))
    return phase.limit + (granted.aggregate(extra=Sum("extra"))["extra"] or 0)


def with_limit(rows: QuerySet[Slot]) -> QuerySet[Slot]:
    """The slots, each with the `limit` its team has in its window."""
    same_window = SlotGrant.objects.filter(
        team=OuterRef("team"), phase=OuterRef("phase"), window=OuterRef("window")
    ).order_by()
    granted = Subquery(same_window.values("window").annotate(extra=Sum("extra")).values("extra"))
    return rows.annotate(limit=F("phase__limit") + Coalesce(granted, 0))


def return_slot(submission: Submission, reason: str) -> None:
    """Give the submission's slot back, with the reason the quota history shows."""
    Slot.objects.filter(submission=submission, returned_at=None).update(returned_at=timezone.now(), reason=reason)


def taken(team: Team, phase: Phase, at: datetime) -> int:
    """How many slots of the window at that time the team has used or reserved."""
    return Slot.objects.filter(team=team, phase=phase, window=phase.window(at), returned_at=None).count()


def free(team: Team, phase: Phase, at: datetime) -> int:
    return max(0, limit(team, phase, at) - taken(team, phase, at))


@dataclass(frozen=True)
class SlotStatus:
    """One numbered slot of the current window, as a team sees it: used, reserved or free."""

    number: int
    state: str
    note: str = ""


def slot_statuses(team: Team, phase: Phase, at: datetime) -> list[SlotStatus]:
    """Every slot of the window at that time, by number.

    Slots taken above a limit that was lowered since still count: as many fewer are free.
    """
    rows = Slot.objects.filter(team=team, phase=phase, window=phase.window(at), returned_at=None).with_state()
    statuses = {
        slot.number: SlotStatus(slot.number, slot.state, f"since {slot.taken_at:%-d %b %H:%M} UTC")
        for slot in rows
    }
    most = limit(team, phase, at)
    spare = [number for number in range(1, most + 1) if number not in statuses]
    statuses |= {number: SlotStatus(number, "free") for number in spare[: max(0, most - len(statuses))]}
    return [statuses[number] for number in sorted(statuses)]


def count_free(statuses: list[SlotStatus]) -> int:
    return sum(status.state == "free" for status in statuses)
