"""Leases: one worker at a time works on a row of a queue, and one that lost its row writes nothing more.

Each queue is a table of LeasedModel. A claim raises the row's fence (a fencing token) and says when its lease
ends; every later write of that worker asks for the fence it was given. Whoever froze past its lease wakes up to a
fence that was raised: its renewals and results change no row, and its folders are named by the fence it had.
"""

import logging
import mmap
import os
import re
import socket
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import close_old_connections, models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from server.error_views import DATABASE_UNAVAILABLE

log = logging.getLogger(__name__)

PAUSES = [min(0.5 * 2**tries, 10) for tries in range(60)]  # seconds; ten minutes in all
SHUTDOWN_GRACE = timedelta(seconds=20)
WORK_NAME = re.compile(r"(?P<model>\w+\.\w+)-(?P<key>[0-9a-f-]+)-(?P<fence>\d+)")

Row = TypeVar("Row", bound="LeasedModel")


class LeaseLost(Exception):
    """Another worker has claimed the row; what this one finds no longer counts."""


class WorkerStopping(Exception):
    """The worker is to stop and the work in hand would take too long."""


def this_second() -> datetime:
    """Now, as far as it surely is not later than the database's clock, which may count in milliseconds."""
    return timezone.now().replace(microsecond=0)


class LeaseQuerySet(models.QuerySet[Row]):
    def unclaimed(self) -> Self:
        """Rows that are due and have no lease, or one that has run out."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=Now()), not_before__lte=Now())

    def held_by(self, claimed: Row) -> Self:
        """The claimed row; nothing where its lease was released or another worker has claimed it since."""
        return self.filter(pk=claimed.pk, fence=claimed.fence, lease_until__isnull=False)


class LeasedModel(models.Model):
    """A row of a queue that one worker at a time works on."""

    PROGRESS: ClassVar[tuple[str, ...]] = ()  # the fields that show how far its worker is, in the order of `tick`

    fence = models.PositiveIntegerField(default=0, help_text="Raised by every claim; guards every later write.")
    lease_owner = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True)
    not_before = models.DateTimeField(default=this_second)

    class Meta:
        abstract = True


def new_lease(owner: str = "", lasting: timedelta | None = None) -> dict[str, Any]:
    """What a claim writes: by the database's clock, for this process if no owner is named."""
    until = Now() + (lasting or settings.LEASE)
    return {"fence": F("fence") + 1, "lease_owner": owner or this_process(), "lease_until": until}


def this_process() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def claim(
    rows: LeaseQuerySet[Row], waiting: Row, *, lasting: timedelta | None = None, **fields: Any
) -> Row | None:
    """Claim a row that was read before, and read it again from `rows`; None where another worker was faster."""
    as_read = rows.unclaimed().filter(pk=waiting.pk, fence=waiting.fence)
    return read_claimed(rows, waiting) if as_read.update(**new_lease(lasting=lasting), **fields) else None


def read_claimed(rows: LeaseQuerySet[Row], waiting: Row) -> Row | None:
    """The row as the claim of `waiting` left it; None where that lease has run out and the row is another's."""
    return rows.filter(pk=waiting.pk, fence=waiting.fence + 1).first()


def renew(mine: LeasedModel, **fields: Any) -> bool:
    """Extend the lease; False where it is lost, and then nothing is written."""
    return _write(mine, lease_until=Now() + settings.LEASE, **fields)


def release(mine: LeasedModel, **fields: Any) -> bool:
    """End the lease and write what came of it; False where it is lost, and then nothing is written."""
    return _write(mine, lease_until=None, **fields)


def _write(mine: LeasedModel, **fields: Any) -> bool:
    rows: LeaseQuerySet[Any] = LeaseQuerySet(type(mine))
    return bool(rows.held_by(mine).update(**fields))


# Files of a lease


def work_name(mine: LeasedModel) -> str:
    """The name of a folder or file that only the holder of this lease uses."""
    return f"{mine._meta.label_lower}-{mine.pk}-{mine.fence}"


def is_held(name: str) -> bool | None:
    """Whether the lease that a `work_name` tells of is still held; None for a name that is none."""
    if not (parts := WORK_NAME.fullmatch(name)):
        return None
    try:
        rows: LeaseQuerySet[Any] = LeaseQuerySet(apps.get_model(parts["model"]))
        return rows.filter(pk=parts["key"], fence=parts["fence"], lease_until__isnull=False).exists()
    except (LookupError, ValueError, ValidationError):
        return None


# Holding on to a lease


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
    """Renews a lease by the clock, and writes the progress of rows that show it at most once a second.

    A database that is away costs nothing by itself: whoever else claims the row raises its fence, and the next
    renewal tells.
    """

    def __init__(self, mine: LeasedModel, grace: timedelta = SHUTDOWN_GRACE) -> None:
        self.mine, self.grace = mine, grace
        self.shown: tuple[object, ...] = ("starting", 0, 0)[: len(mine.PROGRESS)]  # as the claim wrote it
        self.may_write = 0.0
        self.must_write = time.monotonic() + self._interval()
        self.stop_at: float | None = None

    def tick(self, stage: str = "starting", done: int = 0, total: int = 0) -> None:
        """Called often. Raises LeaseLost or WorkerStopping."""
        now = time.monotonic()
        self._heed_shutdown(now)
        progress = (stage, done, total)[: len(self.mine.PROGRESS)]
        if now >= (self.must_write if progress == self.shown else self.may_write):
            self._renew(progress)

    def renew(self) -> None:
        """Renew at once, before a step that cannot be undone. Raises LeaseLost."""
        self._renew(self.shown)

    def _renew(self, progress: tuple[object, ...]) -> None:
        try:
            if not renew(self.mine, **dict(zip(self.mine.PROGRESS, progress, strict=True))):
                raise LeaseLost
            self.shown, pause = progress, self._interval()
        except DATABASE_UNAVAILABLE as error:
            log.warning("%s: no renewal for now: %s", work_name(self.mine), error)
            close_old_connections()
            pause = 1
        now = time.monotonic()
        self.may_write, self.must_write = now + 1, now + pause

    @staticmethod
    def _interval() -> float:
        return settings.LEASE.total_seconds() / 6

    def _heed_shutdown(self, now: float) -> None:
        if shutting_down.is_set():
            self.stop_at = self.stop_at or now + self.grace.total_seconds()
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
