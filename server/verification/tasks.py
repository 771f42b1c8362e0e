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
    """Examine one file. The message carries nothing: the table says which."""
    try:
        if not shutting_down.is_set():
            examine_next()
    except DATABASE_UNAVAILABLE as error:
        log.warning("the database is away; the file will be found again: %s", error)
        close_old_connections()


class ExaminationScheduler:
    """A periodic job of every worker: it sends a task while a file waits, to a busy worker once a minute."""

    def __init__(self) -> None:
        self._may_send = 0.0

    def schedule(self, room: int) -> None:
        if WAITING.rows() and (room or time.monotonic() >= self._may_send):
            self._may_send = time.monotonic() + TURN.total_seconds()
            examine_files.apply_async(retry=False)
