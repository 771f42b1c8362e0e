"""Verification cases: what is overdue, due, or waits for the organisers; and phases that have none yet."""

from datetime import datetime

from django.db.models import Q
from django.urls import reverse

from server.desk.sections.line import DeskLine, Section
from server.desk.sections.phases import SOON
from server.verification.models import CaseState, VerificationCase
from server.verification.opening import TOP, closed_without_cases


def cases(now: datetime) -> Section:
    """Open cases that wait for an organiser, and then those whose code is due soon or overdue."""
    not_due = Q(state=CaseState.REQUESTED, due_at__gt=now + SOON)
    found = VerificationCase.objects.open().exclude(not_due).with_rows().order_by("due_at", "pk")
    lines = [_case(case) for case in sorted(found, key=lambda case: case.state == CaseState.REQUESTED)]
    return Section("cases", "Verification cases", lines)


def _case(case: VerificationCase) -> DeskLine:
    if case.state == CaseState.REQUESTED:
        text = (
            "The due date has passed, and no code came." if case.is_overdue else "The team is asked for its code."
        )
    else:
        text = f"{case.get_state_display().capitalize()}. The case waits for you."
    return DeskLine(str(case), text, url=case.organisers_url, at=case.due_at, at_label="code due")


def to_open() -> Section:
    """Closed challenge phases without any case."""
    return Section(
        "cases-to-open",
        "Verification cases to open",
        [
            DeskLine(
                f"Open cases for the top {TOP} of {phase}",
                "The phase has closed, and no team was asked for its code. The next page shows whom you ask.",
                url=reverse("verification:open", args=[phase.pk]),
                at=phase.closes_at,
                at_label="closed",
                key=f"cases {phase.pk}",
            )
            for phase in closed_without_cases()
        ],
    )
