"""The quota: numbered slots under a constraint that no race can pass. Rows are only added and returned."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from server.submissions.models import Slot, Submission
from server.teams.models import Team
from server.tracks.models import Phase


class AllSlotsHeld(Exception):
    """Every slot of the window is held."""


def take_slot(submission: Submission) -> Slot:
    """Take the team's lowest free slot for this submission; the constraint decides who gets it."""
    phase, window = submission.phase, submission.phase.window(submission.began_at)
    for number in range(1, phase.limit + 1):
        try:
            with transaction.atomic():  # a savepoint, or the refused insert would end the outer transaction
                return Slot.objects.create(
                    team=submission.team, phase=phase, window=window, number=number, submission=submission
                )
        except IntegrityError as error:
            if not _says_held(error):
                raise
    raise AllSlotsHeld


def return_slot(submission: Submission, reason: str) -> None:
    """Give the submission's slot back, with the reason the ledger shows."""
    Slot.objects.filter(submission=submission, returned_at=None).update(returned_at=timezone.now(), reason=reason)


def held(team: Team, phase: Phase, at: datetime) -> int:
    """How many slots of the window of that moment the team holds."""
    return Slot.objects.filter(team=team, phase=phase, window=phase.window(at), returned_at=None).count()


def free(team: Team, phase: Phase, at: datetime) -> int:
    return max(0, phase.limit - held(team, phase, at))


@dataclass(frozen=True)
class Ticket:
    """One numbered slot of the present window, as a team sees it."""

    number: int
    state: str
    note: str = ""


def meter(team: Team, phase: Phase, at: datetime) -> list[Ticket]:
    """Every slot of the window of that moment: held, and for what, or free."""
    held_slots = Slot.objects.filter(team=team, phase=phase, window=phase.window(at), returned_at=None)
    by_number = {slot.number: slot for slot in held_slots}
    return [
        Ticket(number, "held", f"since {by_number[number].taken_at:%-d %b %H:%M} UTC")
        if number in by_number
        else Ticket(number, "free")
        for number in range(1, phase.limit + 1)
    ]


def _says_held(error: IntegrityError) -> bool:
    """PostgreSQL names the constraint, SQLite its columns."""
    text = str(error)
    return Slot.HELD_ONCE in text or ("slot.window" in text and "slot.number" in text)
