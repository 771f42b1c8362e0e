"""How work is found: every worker looks into the database every few seconds. Hints only make it faster."""

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from celery import bootsteps
from celery.worker import WorkController
from celery.worker import state as worker_state
from django.conf import settings
from django.db import Error, connections
from kombu.exceptions import OperationalError

from server.leases import shutting_down
from server.submissions.cleanup import remove_stale
from server.submissions.models import Evaluation, State
from server.submissions.tasks import work
from server.tracks.models import GroundTruth

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Swept:
    """What one sweep found and did. Any number of sweeps at once do no more than one."""

    waiting: int  # evaluations that may be claimed, and drafts to be packed
    lease_ran_out: int  # those of them whose worker was lost
    wakeups: int
    removed: tuple[Path, ...]


def sweep(room: int, *, tidy: bool = True) -> Swept:
    """Send at most `room` hints for what waits, and remove what was left behind half-way."""
    removed = remove_stale() if tidy else []
    claimable = Evaluation.objects.claimable()
    lost = claimable.filter(state=State.RUNNING).count()
    waiting = GroundTruth.objects.waiting().count() + claimable.count()
    wakeups = max(0, min(room, waiting))
    for _ in range(wakeups):
        work.apply_async(retry=False)
    return Swept(waiting, lost, wakeups, tuple(removed))


class Sweeper(bootsteps.StartStopStep):
    """A thread in each worker that sweeps, with hints while the worker has room for more."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: WorkController, **kwargs: object) -> None:
        self.worker = parent
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, name="sweeper", daemon=True)
        self.next_tidying = 0.0
        super().__init__(parent, **kwargs)

    def start(self, parent: object) -> None:
        self.thread.start()

    def stop(self, parent: object) -> None:
        self.stopping.set()

    def _run(self) -> None:
        while not self.stopping.wait(settings.SWEEP_SECONDS):
            try:
                self._sweep()
            except (Error, OperationalError, OSError) as error:
                log.warning("the sweep could not look for work, and will try again: %s", error)
            finally:
                connections.close_all()

    def _sweep(self) -> None:
        if shutting_down.is_set():
            return
        tidy = time.monotonic() >= self.next_tidying
        if tidy:
            self.next_tidying = time.monotonic() + settings.LEASE.total_seconds()
        sweep(self.worker.concurrency - len(worker_state.reserved_requests), tidy=tidy)
