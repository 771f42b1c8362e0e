"""What a worker does when it hears that a board has changed."""

import logging

from celery import shared_task
from django.db import close_old_connections

from leaderboard.intervals.job import compare_next
from server.faults import AWAY
from server.submissions.lease import shutting_down

log = logging.getLogger(__name__)


@shared_task
def compare() -> None:
    """Compare one board. The message carries nothing: the tables say which."""
    try:
        if not shutting_down.is_set():
            compare_next()
    except AWAY as error:
        log.warning("the database is away; the comparison is found again: %s", error)
        close_old_connections()
