"""Reminders of due dates: one 48 hours before, one after; none once the code has come."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from server.verification import emails
from server.verification.models import CaseState, VerificationCase
from server.verification.states import fresh

BEFORE = timedelta(hours=48)
NOT_LATER = timedelta(days=7)  # after the due date; a worker that was away so long reminds nobody


def remind(now: datetime) -> None:
    """Write the reminders that are due; the key of each has the due date, so that a later one gets new ones."""
    waiting = VerificationCase.objects.filter(state=CaseState.REQUESTED)
    told_early = waiting.filter(due_at__gt=now, due_at__lte=now + BEFORE, asked_at__lt=F("due_at") - BEFORE)
    for case in told_early:
        _remind(case, "due_soon")
    for case in waiting.filter(due_at__lte=now, due_at__gt=now - NOT_LATER):
        _remind(case, "overdue")


@transaction.atomic
def _remind(found: VerificationCase, what: str) -> None:
    """Safe in two workers at once: a mail is written once for each key."""
    case = fresh(found)
    if case.state == CaseState.REQUESTED and case.due_at == found.due_at:
        emails.email_team(case, what, case.due_at.isoformat())
