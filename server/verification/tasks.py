"""What wakes the examination of files of cases in the workers."""

import logging
import time

from celery import shared_task
from django.db import close_old_connections

from server.error_views import DATABASE_UNAVAILABLE
from server.leases import shutting_down
from server.prepared_query import PreparedQuery
from server.submissions.tasks import TURN
from server.verification.examination import examine_next
from server.verification.models import CaseFile

log = logging.getLogger(__name__)

WAITING = PreparedQuery(lambda: CaseFile.objects.order_by().to_examine().values_list("pk")[:1])


@shared_task
def examine_files() -> None:
    """Examine what waits, for a turn. The message carries nothing: the table says which."""
    ends = time.monotonic() + TURN.total_seconds()
    try:
        while not shutting_down.is_set() and examine_next() and time.monotonic() < ends:
            pass
    except DATABASE_UNAVAILABLE as error:
        log.warning("the database is away; the file will be found again: %s", error)
        close_old_connections()


def schedule_examination() -> None:
    """A periodic job of every worker: send a task while a file waits."""
    if WAITING.rows():
        examine_files.apply_async(retry=False)
