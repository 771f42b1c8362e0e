"""What workers do for re-scores beside scoring: queue what was scored meanwhile, compare packs and teams."""

import logging
import time

from celery import shared_task
from django.db import close_old_connections

from server.error_views import DATABASE_UNAVAILABLE
from server.leases import shutting_down
from server.prepared_query import PreparedQuery
from server.rescores.comparison import compare_next
from server.rescores.models import Rescore
from server.rescores.services import queue_missing
from server.rescores.significance_job import compute_next, is_due
from server.submissions.tasks import TURN

log = logging.getLogger(__name__)

UNDER_WAY = PreparedQuery(lambda: Rescore.objects.order_by().under_way().values_list("pk"))


@shared_task
def compare_packs() -> None:
    """Run one comparison, of packs or of teams. The message carries nothing: the tables say which."""
    try:
        if not shutting_down.is_set():
            failed = (
                Rescore.objects.to_compare().exclude(last_error="").exists()
            )  # it must not keep the teams back
            first, then = (compute_next, compare_next) if failed else (compare_next, compute_next)
            first() or then()
    except DATABASE_UNAVAILABLE as error:
        log.warning("the database is away; the comparison will be found again: %s", error)
        close_old_connections()


class RescoreFollower:
    """A periodic job of every worker: what was scored since a dry run began is made part of it."""

    def __init__(self) -> None:
        self._may_send = self._may_look = 0.0

    def follow(self, room: int) -> None:
        """Also send a task while packs wait to be compared, to a busy worker once a minute: dry runs are long.

        Whether teams are to be compared takes more to find out, and is looked up once a minute.
        """
        if not UNDER_WAY.rows():
            return
        for rescore in Rescore.objects.under_way():
            queue_missing(rescore)
        if Rescore.objects.to_compare().exists() and (room or time.monotonic() >= self._may_send):
            self._may_send = time.monotonic() + TURN.total_seconds()
            compare_packs.apply_async(retry=False)
        elif time.monotonic() >= self._may_look:
            self._may_look = time.monotonic() + TURN.total_seconds()
            if is_due():
                compare_packs.apply_async(retry=False)
