"""Looks for boards whose intervals are out of date: a periodic job of every worker."""

from leaderboard.intervals.job import evaluations_waiting, find_changes
from leaderboard.tasks import compute_intervals


def schedule(room: int) -> None:
    """Send a task while a job is due.

    A worker without room gets one only where evaluations wait, which it would otherwise always run first.
    """
    if find_changes() and (room or evaluations_waiting()):
        compute_intervals.apply_async(retry=False)
