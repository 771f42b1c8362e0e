"""Looks for boards whose intervals are out of date: a periodic job of every worker."""

import time

from leaderboard.cache.version import Version, all_inputs
from leaderboard.intervals.job import due, find_changes
from leaderboard.models import IntervalJob
from leaderboard.tasks import compute_intervals
from server.submissions.models import Evaluation
from server.submissions.tasks import TURN


class IntervalScheduler:
    """Remembers what it saw last, as most looks find nothing new."""

    def __init__(self) -> None:
        self._seen: list[Version] = []
        self._stale = False
        self._may_send = 0.0

    def schedule(self, room: int) -> None:
        """Send a task while a job is due.

        A worker without room gets one only where evaluations wait, which it would otherwise always run first.
        """
        inputs = all_inputs()
        if inputs != self._seen:
            find_changes()
            self._seen, self._stale = inputs, IntervalJob.objects.stale().exists()
        if self._stale and due().exists() and (room or self._is_busy()):
            self._may_send = time.monotonic() + TURN.total_seconds()
            compute_intervals.apply_async(retry=False)

    def _is_busy(self) -> bool:
        """Whether the worker's turn is long, and nothing was sent during it: one message is enough."""
        return time.monotonic() >= self._may_send and Evaluation.objects.claimable().exists()
