"""What workers do for paper packs: make those that wait, delete those whose days are over."""

import logging
import time

from celery import shared_task
from django.db import close_old_connections

from server.error_views import DATABASE_UNAVAILABLE
from server.leases import shutting_down
from server.prepared_query import PreparedQuery
from server.results.models import PaperPack
from server.results.packs import delete_old_packs, make_next
from server.submissions.tasks import TURN

log = logging.getLogger(__name__)

TO_MAKE = PreparedQuery(lambda: PaperPack.objects.order_by().to_make().values_list("pk"))


@shared_task
def make_packs() -> None:
    """Make one pack. The message carries nothing: the table says which."""
    try:
        if not shutting_down.is_set():
            make_next()
    except DATABASE_UNAVAILABLE as error:
        log.warning("the database is away; the pack will be found again: %s", error)
        close_old_connections()


class PackMaker:
    """A periodic job of every worker; a busy one gets a message once in a turn, or packs would wait for ever."""

    def __init__(self) -> None:
        self._may_send = self._may_delete = 0.0

    def follow(self, room: int) -> None:
        now = time.monotonic()
        if now >= self._may_delete:
            self._may_delete = now + TURN.total_seconds()
            delete_old_packs()
        if TO_MAKE.rows() and (room or now >= self._may_send):
            self._may_send = now + TURN.total_seconds()
            make_packs.apply_async(retry=False)
