"""What workers do for re-scores beside scoring: queue what was scored meanwhile, and compare packs."""

import logging

from celery import shared_task
from django.db import close_old_connections

from server.error_views import DATABASE_UNAVAILABLE
from server.leases import shutting_down
from server.prepared_query import PreparedQuery
from server.rescores.comparison import compare_next
from server.rescores.models import Rescore
from server.rescores.services import queue_missing

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


def follow_rescores(room: int) -> None:
    """A periodic job of every worker: submissions scored since a dry run began are made part of it."""
    if not UNDER_WAY.rows():
        return
    for rescore in Rescore.objects.under_way():
        queue_missing(rescore)
    if room and Rescore.objects.to_compare().exists():
        compare_packs.apply_async(retry=False)
