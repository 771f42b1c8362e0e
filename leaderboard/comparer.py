"""How changed boards are found: every worker looks at them every few seconds."""

import logging
import threading

from celery import bootsteps
from celery.worker import WorkController
from celery.worker import state as worker_state
from django.conf import settings
from django.db import Error, connections
from kombu.exceptions import OperationalError

from leaderboard.comparing import evaluations_wait, look
from leaderboard.tasks import compare
from server.leases import shutting_down

log = logging.getLogger(__name__)


class Comparer(bootsteps.StartStopStep):
    """A thread in each worker that looks for boards to compare, and sends a hint while there are any."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: WorkController, **kwargs: object) -> None:
        self.worker = parent
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, name="comparer", daemon=True)
        super().__init__(parent, **kwargs)

    def start(self, parent: object) -> None:
        self.thread.start()

    def stop(self, parent: object) -> None:
        self.stopping.set()

    def _run(self) -> None:
        while not self.stopping.wait(settings.SWEEP_SECONDS):
            try:
                self._look()
            except (Error, OperationalError, OSError) as error:
                log.warning("the boards could not be looked at, and will be again: %s", error)
            finally:
                connections.close_all()

    def _look(self) -> None:
        """A worker that is busy is told only where evaluations wait, which it would else always serve first."""
        room = self.worker.concurrency > len(worker_state.reserved_requests)
        if not shutting_down.is_set() and look() and (room or evaluations_wait()):
            compare.apply_async(retry=False)
