"""Looks for boards whose intervals are out of date: a periodic job of every worker."""

from leaderboard.cache.version import Version, all_inputs
from leaderboard.intervals.job import due, find_changes
from leaderboard.models import IntervalJob
from leaderboard.tasks import compute_intervals
from server.submissions.models import Evaluation


class IntervalScheduler:
    """Remembers what it saw last, as most looks find nothing new."""

    def __init__(self) -> None:
        self._seen: list[Version] = []
        self._stale = False

    def schedule(self, room: int) -> None:
        """Send a task while a job is due.

        A worker without room gets one only where evaluations wait, which it would otherwise always run first.
        """
        inputs = all_inputs()
        if inputs != self._seen:
            find_changes()
            self._seen, self._stale = inputs, IntervalJob.objects.stale().exists()
        if self._stale and due().exists() and (room or Evaluation.objects.claimable().exists()):
            compute_intervals.apply_async(retry=False)
