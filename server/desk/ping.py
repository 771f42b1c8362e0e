"""The dead-man's switch: PING_URL is asked for while the watch lives and alarms can be mailed."""

import logging
import time
from http.client import HTTPException
from urllib.request import urlopen

from django.conf import settings

log = logging.getLogger(__name__)

SECONDS = 60  # between two pings of a process
PATIENCE = 10  # seconds


class Ping:
    """The pings of one process that watches. The URL is the operator's, never a user's."""

    def __init__(self) -> None:
        self.sent_at = -SECONDS * 1.0

    def send(self) -> None:
        """A ping that fails is told by its absence, and noted in the log."""
        if not settings.PING_URL or time.monotonic() - self.sent_at < SECONDS:
            return
        self.sent_at = time.monotonic()
        try:
            with urlopen(settings.PING_URL, timeout=PATIENCE):  # noqa: S310  (http, by a system check)
                pass
        except (OSError, HTTPException) as error:
            log.warning("PING_URL could not be reached (%s)", type(error).__name__)
