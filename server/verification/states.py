"""Changes of a case's state: one conditional UPDATE each, by the table of transitions."""

from typing import Any

from server.verification.exceptions import CaseClosed, NotPossible
from server.verification.models import TRANSITIONS, CaseState, VerificationCase


def fresh(case: VerificationCase) -> VerificationCase:
    """The case as it is now, its row locked until the end of the transaction: acts on one case take turns."""
    rows = VerificationCase.objects.select_for_update(of=("self",)).with_rows()
    return rows.get(pk=case.pk)


def check_move(case: VerificationCase, to: str) -> None:
    """Raises NotPossible where the table has no such transition."""
    if to not in TRANSITIONS[case.state]:
        raise NotPossible(case, CaseState(to).label)


def check_open(case: VerificationCase) -> None:
    if not case.is_open:
        raise CaseClosed(case)


def move(case: VerificationCase, to: str, **fields: Any) -> None:
    """Change the state, and the fields with it. Raises NotPossible, also where another was faster."""
    check_move(case, to)
    unchanged = VerificationCase.objects.filter(pk=case.pk, state=case.state)
    moved = unchanged.update(state=to, **fields)
    case.refresh_from_db(fields=["state", *fields])
    if not moved:
        raise NotPossible(case, CaseState(to).label)
