"""In how many classes one of two teams is ahead. No database."""

from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.classes.rows import ClassRow


@dataclass(frozen=True)
class WinsAndLosses:
    """How many classes the first of two teams wins, ties and loses; a tie prints the same number.

    In `significant` of the wins and losses the paired interval of the class, by itself, excludes 0; None where no
    such intervals are known.
    """

    wins: int
    ties: int
    losses: int
    skipped: int
    significant: int | None


def wins_and_losses(rows: Sequence[ClassRow]) -> WinsAndLosses:
    """Count over all classes but the background; a class in which a team has no value is skipped."""
    classes = [row for row in rows if not row.is_background]
    leads = [row.lead for row in classes if row.lead is not None]
    has_intervals = any(row.paired for row in classes)
    return WinsAndLosses(
        wins=sum(lead > 0 for lead in leads),
        ties=leads.count(0),
        losses=sum(lead < 0 for lead in leads),
        skipped=len(classes) - len(leads),
        significant=sum(row.significant for row in classes) if has_intervals else None,
    )
