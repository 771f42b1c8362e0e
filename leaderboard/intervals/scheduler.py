"""Thread in each worker that looks for boards whose intervals are out of date."""

import logging
import threading

from celery import bootsteps
from celery.worker import WorkController
from celery.worker import state as worker_state
from django.conf import settings
from django.db import Error, connections
from kombu.exceptions import OperationalError

from leaderboard.intervals.job import evaluations_waiting, find_changes
from leaderboard.tasks import compute_intervals
from server.leases import shutting_down

log = logging.getLogger(__name__)


class IntervalScheduler(bootsteps.StartStopStep):
    """Looks at all boards every few seconds, and sends a task while a job is due."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: WorkController, **kwargs: object) -> None:
        self.worker = parent
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, name="interval-scheduler", daemon=True)
        super().__init__(parent, **kwargs)

    def start(self, parent: object) -> None:
        self.thread.start()

    def stop(self, parent: object) -> None:
        self.stopping.set()

    def _run(self) -> None:
        while not self.stopping.wait(settings.SWEEP_SECONDS):
            try:
                self._schedule()
            except (Error, OperationalError, OSError) as error:
                log.warning("the boards could not be checked for changes, and will be again: %s", error)
            finally:
                connections.close_all()

    def _schedule(self) -> None:
        """Send a task to a busy worker only where evaluations wait, which it would otherwise always run first."""
        room = self.worker.concurrency > len(worker_state.reserved_requests)
        if not shutting_down.is_set() and find_changes() and (room or evaluations_waiting()):
            compute_intervals.apply_async(retry=False)
