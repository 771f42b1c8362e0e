"""What a worker does when it hears that a board has changed."""

import logging

from celery import shared_task
from django.db import close_old_connections

from leaderboard.comparing import compare_next
from server.error_views import DATABASE_UNAVAILABLE
from server.leases import shutting_down

log = logging.getLogger(__name__)


@shared_task
def compare() -> None:
    """Compare one board. The message carries nothing: the tables say which."""
    try:
        if not shutting_down.is_set():
            compare_next()
    except DATABASE_UNAVAILABLE as error:
        log.warning("the database is away; the comparison is found again: %s", error)
        close_old_connections()
