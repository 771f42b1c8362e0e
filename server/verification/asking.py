"""Acts on an open case: more time, asking for more, and how far the organisers are with it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from server.accounts.models import User
from server.acts import check_fingerprint, checked_reason
from server.audit.services import record
from server.time_format import format_utc
from server.verification import emails
from server.verification.due_dates import check_due_date
from server.verification.exceptions import NotLater, NotPossible
from server.verification.models import TRANSITIONS, CaseState, VerificationCase
from server.verification.states import check_open, fresh, move

# How far organisers are; teams see it on the page of the case.
STEPS = (CaseState.RECEIVED, CaseState.RUNNING, CaseState.REPRODUCED)


def steps_possible(case: VerificationCase) -> list[CaseState]:
    """What the case can be marked as now."""
    return [step for step in STEPS if case.is_open and step in TRANSITIONS[case.state]]


@dataclass(frozen=True)
class ExtensionPreview:
    what: str
    mail: str
    way_back: str


def preview_extend(case: VerificationCase, due_at: datetime) -> ExtensionPreview:
    """What a new due date does; one of a case whose code has come asks for more. Raises ActRefused."""
    check_open(case)
    check_due_date(due_at)
    extended = case.state == CaseState.REQUESTED
    if extended and due_at <= case.due_at:
        raise NotLater(case.due_at)
    due = format_utc(due_at)
    return ExtensionPreview(
        what=f"The due date moves from {format_utc(case.due_at)} to {due}."
        if extended
        else f"The team is asked for more, until {due}; the case is {case.get_state_display()} until now.",
        mail=emails.mail_in_words(case.submission.team),
        way_back="Set another due date. The mail stays sent.",
    )


@transaction.atomic
def extend(
    case: VerificationCase, *, due_at: datetime, reason: str, by: User, seen: str | None = None
) -> VerificationCase:
    """Set a later due date, or ask again for what is missing. Raises ActRefused."""
    reason, case = checked_reason(reason), fresh(case)
    check_fingerprint(seen, preview_extend(case, due_at))
    changes = {"due": [format_utc(case.due_at), format_utc(due_at)]}
    extended, now = case.state == CaseState.REQUESTED, timezone.now()
    if not extended:
        changes["state"] = [case.get_state_display(), CaseState.REQUESTED.label]
        move(case, CaseState.REQUESTED)
    VerificationCase.objects.filter(pk=case.pk).update(due_at=due_at, asked_at=now)
    case.due_at, case.asked_at = due_at, now
    what = "extended a verification case" if extended else "asked for more in a verification case"
    record(by=by, what=what, subject=case, changes=changes, reason=reason)
    emails.email_team(case, "asked_again", now.isoformat(), reason=reason, extended=extended)
    return case


@transaction.atomic
def mark(case: VerificationCase, step: str, *, by: User) -> None:
    """Note how far the organisers are. Raises NotPossible."""
    case = fresh(case)
    if step not in steps_possible(case):
        raise NotPossible(case, CaseState(step).label if step in CaseState.values else "that")
    changes = {"state": [case.get_state_display(), CaseState(step).label]}
    move(case, step)
    record(by=by, what="marked a verification case", subject=case, changes=changes)
