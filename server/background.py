"""Periodic jobs of a worker, run by one boot-step in threads beside the worker's tasks."""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celery import bootsteps
from celery.worker import WorkController
from celery.worker import state as worker_state
from django.conf import settings
from django.db import Error, connections
from kombu.exceptions import OperationalError

from server.leases import shutting_down

log = logging.getLogger(__name__)

UNAVAILABLE = (Error, OperationalError, OSError)  # errors of the database, the broker, the disk


@dataclass(frozen=True)
class PeriodicJob:
    """A job that a worker runs every `seconds` seconds.

    The jobs of one thread take turns. A job that may wait long for another server has a thread of its own.
    """

    name: str
    seconds: float
    run: Callable[[], object]
    thread: str = "periodic-jobs"


def run_periodically(jobs: Sequence[PeriodicJob], stopping: threading.Event) -> None:
    """Run the jobs in turn, each as often as it says, until told to stop; an error in one ends none of them."""
    due = dict.fromkeys(jobs, time.monotonic() + min(job.seconds for job in jobs))
    while not stopping.wait(max(0, min(due.values()) - time.monotonic())) and not shutting_down.is_set():
        now = time.monotonic()
        for job in [job for job, at in due.items() if at <= now]:
            due[job] = now + job.seconds
            _run(job)
    connections.close_all()


def start_threads(jobs: Sequence[PeriodicJob], stopping: threading.Event) -> list[threading.Thread]:
    """Run the jobs in as many threads as they name."""
    by_thread: dict[str, list[PeriodicJob]] = defaultdict(list)
    for job in jobs:
        by_thread[job.thread].append(job)
    threads = [
        threading.Thread(target=run_periodically, args=[of_one, stopping], name=name, daemon=True)
        for name, of_one in by_thread.items()
    ]
    for thread in threads:
        thread.start()
    return threads


def touch_heartbeat_file() -> None:
    """Tell the container's health check, which only looks at the file's age, that the jobs are running."""
    if settings.HEARTBEAT_PATH:
        Path(settings.HEARTBEAT_PATH).touch()


def _run(job: PeriodicJob) -> None:
    try:
        _close_lost_connections()
        job.run()
    except UNAVAILABLE as error:
        log.warning("%s: not possible now, will be tried again: %s", job.name, error)
        connections.close_all()
    except Exception:  # the outermost handler: without it the job would not run until the next start
        log.exception("%s: failed, will be tried again", job.name)
        connections.close_all()


def _close_lost_connections() -> None:
    """Close connections that a restarted database server has ended.

    SQLite has none: opening its file again is slow.
    """
    for connection in connections.all(initialized_only=True):
        if connection.vendor != "sqlite":
            connection.close_if_unusable_or_obsolete()


class BackgroundStep(bootsteps.StartStopStep):
    """Runs a worker's periodic jobs, in as many threads as they name. A subclass lists them."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: WorkController, **kwargs: object) -> None:
        self.worker: Any = parent
        self.stopping = threading.Event()
        super().__init__(parent, **kwargs)

    def jobs(self) -> list[PeriodicJob]:
        raise NotImplementedError

    def room(self) -> int:
        """Return how many more tasks the worker can start now."""
        return max(0, int(self.worker.concurrency) - len(worker_state.reserved_requests))

    def start(self, parent: object) -> None:
        start_threads(self.jobs(), self.stopping)

    def stop(self, parent: object) -> None:
        self.stopping.set()
