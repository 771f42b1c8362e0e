"""Holding on to an evaluation: a lease renewed by the clock, and writes that wait for a database that is away."""

import logging
import mmap
import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import close_old_connections

from server.error_views import DATABASE_UNAVAILABLE
from server.submissions import transitions
from server.submissions.models import Evaluation

log = logging.getLogger(__name__)

PAUSES = [min(0.5 * 2**tries, 10) for tries in range(60)]  # seconds; ten minutes in all
SHUTDOWN_GRACE = timedelta(seconds=20)


class LeaseLost(Exception):
    """Another worker has claimed the evaluation; what this one finds no longer counts."""


class WorkerStopping(Exception):
    """The worker is to stop and the work in hand would take too long."""


class SharedFlag:
    """A flag that all processes forked later share. It has no lock that a killed process could leave held."""

    def __init__(self) -> None:
        self._byte = mmap.mmap(-1, 1)

    def set(self) -> None:
        self._byte[0] = 1

    def is_set(self) -> bool:
        return bool(self._byte[0])


shutting_down = SharedFlag()  # made before the pool forks


class LeaseKeeper:
    """Renews one evaluation's lease by the clock and writes its progress, at most once a second.

    A database that is away costs nothing by itself: whoever else claims the evaluation raises its fence,
    and the next renewal tells.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self.shown = ("starting", 0, 0)  # as the claim wrote it
        self.may_write = 0.0
        self.must_write = time.monotonic() + self._interval()
        self.stop_at: float | None = None

    def tick(self, stage: str = "starting", done: int = 0, total: int = 0) -> None:
        """Called often. Raises LeaseLost or WorkerStopping."""
        now = time.monotonic()
        self._heed_shutdown(now)
        news = (stage, done, total)
        if now >= (self.must_write if news == self.shown else self.may_write):
            self._renew(news)

    def _renew(self, news: tuple[str, int, int]) -> None:
        try:
            if not transitions.renew(self.evaluation, *news):
                raise LeaseLost
            self.shown, pause = news, self._interval()
        except DATABASE_UNAVAILABLE as error:
            log.warning("evaluation %s: no renewal for now: %s", self.evaluation.pk, error)
            close_old_connections()
            pause = 1
        now = time.monotonic()
        self.may_write, self.must_write = now + 1, now + pause

    @staticmethod
    def _interval() -> float:
        return settings.LEASE.total_seconds() / 6

    def _heed_shutdown(self, now: float) -> None:
        if shutting_down.is_set():
            self.stop_at = self.stop_at or now + SHUTDOWN_GRACE.total_seconds()
            if now > self.stop_at:
                raise WorkerStopping


def until_written(write: Callable[[], object]) -> None:
    """Call a write until the database takes it; a fenced one may come late, or twice."""
    for pause in PAUSES:
        try:
            write()
        except DATABASE_UNAVAILABLE as error:
            if shutting_down.is_set():
                raise
            log.warning("the database did not take a write, which is tried again in %s s: %s", pause, error)
            close_old_connections()
            time.sleep(pause)
        else:
            return
    write()
