"""The Celery task that recomputes intervals."""

import logging

from celery import shared_task
from django.db import close_old_connections

from leaderboard.intervals.job import run_next
from server.error_views import DATABASE_UNAVAILABLE
from server.leases import shutting_down

log = logging.getLogger(__name__)


@shared_task
def compute_intervals() -> None:
    """Run one due job. The message carries no data: the tables say which job."""
    try:
        if not shutting_down.is_set():
            run_next()
    except DATABASE_UNAVAILABLE as error:
        log.warning("the database is unavailable; the job will be found again: %s", error)
        close_old_connections()
