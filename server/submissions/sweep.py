"""How work is found: every worker looks into the database every few seconds. Hints only make it faster."""

import logging
import threading

from celery import bootsteps
from celery.worker import WorkController
from celery.worker import state as worker_state
from django.conf import settings
from django.db import DatabaseError, connections
from kombu.exceptions import OperationalError

from server.submissions.models import Evaluation
from server.submissions.tasks import shutting_down, work
from server.tracks.models import GroundTruth

log = logging.getLogger(__name__)


def sweep(room: int) -> int:
    """Send at most `room` hints for work that waits or whose lease ran out; returns how many were sent."""
    hints = min(room, GroundTruth.objects.waiting().count() + Evaluation.objects.claimable().count())
    for _ in range(hints):
        work.apply_async(retry=False)
    return hints


class Sweeper(bootsteps.StartStopStep):
    """A thread in each worker that sweeps while the worker has room for more."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: WorkController, **kwargs: object) -> None:
        self.worker = parent
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, name="sweeper", daemon=True)
        super().__init__(parent, **kwargs)

    def start(self, parent: object) -> None:
        self.thread.start()

    def stop(self, parent: object) -> None:
        self.stopping.set()

    def _run(self) -> None:
        while not self.stopping.wait(settings.SWEEP_SECONDS):
            try:
                room = self.worker.concurrency - len(worker_state.reserved_requests)
                if room > 0 and not shutting_down.is_set():
                    sweep(room)
            except (DatabaseError, OperationalError, OSError) as error:
                log.warning("the sweep could not look for work, and will try again: %s", error)
            finally:
                connections.close_all()
