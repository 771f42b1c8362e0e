"""What workers do for re-scores beside scoring: queue what was scored meanwhile, and compare packs."""

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
from server.submissions.tasks import TURN

log = logging.getLogger(__name__)

UNDER_WAY = PreparedQuery(lambda: Rescore.objects.order_by().under_way().values_list("pk"))


@shared_task
def compare_packs() -> None:
    """Run one comparison. The message carries nothing: the tables say which."""
    try:
        if not shutting_down.is_set():
            compare_next()
    except DATABASE_UNAVAILABLE as error:
        log.warning("the database is away; the comparison will be found again: %s", error)
        close_old_connections()


class RescoreFollower:
    """A periodic job of every worker: what was scored since a dry run began is made part of it."""

    def __init__(self) -> None:
        self._may_send = 0.0

    def follow(self, room: int) -> None:
        """Also send a task while packs wait to be compared, to a busy worker once a minute: dry runs are long."""
        if not UNDER_WAY.rows():
            return
        for rescore in Rescore.objects.under_way():
            queue_missing(rescore)
        if Rescore.objects.to_compare().exists() and (room or time.monotonic() >= self._may_send):
            self._may_send = time.monotonic() + TURN.total_seconds()
            compare_packs.apply_async(retry=False)
