"""The alarm that the database is away: it is mailed at once, to the addresses that were last read from it.

All processes that watch share a file on the data volume, so that one of them mails. It is there while this lasts.
"""

import fcntl
import logging
import os
import time
from datetime import UTC, datetime
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from server.alarms.models import Alarm
from server.alarms.services import ONCE_AN_HOUR, end_alarm, organisers

log = logging.getLogger(__name__)

CAUSE, TITLE = "database", "The database cannot be reached"
TEXT = (
    "The site answers with “The server is restarting”, and workers wait. Everything received before is safe. "
    "Check the database server, its disk and DATABASE_URL."
)
ADDRESSES_SECONDS = 600  # they are read again so often


class DatabaseAlarm:
    """Tells that the database has not answered for ALARM_AFTER, and that it does again."""

    def __init__(self) -> None:
        self.path = settings.DATA_DIR / "database_alarm"
        self.addresses: list[str] = []
        self.read_at = -ADDRESSES_SECONDS * 1.0
        self.failing_since: float | None = None

    def database_answers(self) -> None:
        """Read the addresses now and then, and end the alarm if it was on."""
        self.failing_since = None
        if time.monotonic() - self.read_at >= ADDRESSES_SECONDS:
            self.addresses, self.read_at = [user.email for user in organisers()], time.monotonic()
        if not self.path.exists():
            return
        began = datetime.fromtimestamp(float(self.path.read_text() or time.time()), UTC)
        try:
            self.path.unlink()
        except FileNotFoundError:  # another process was faster
            return
        told = {"title": TITLE, "text": TEXT, "since": began, "mailed_at": timezone.now()}
        end_alarm(Alarm.objects.get_or_create(cause=CAUSE, over_at=None, defaults=told)[0])

    def database_fails(self, error: Exception) -> None:
        """Mail the alarm if no process has within ALARM_REPEAT."""
        self.failing_since = self.failing_since or time.monotonic()
        if time.monotonic() - self.failing_since < settings.ALARM_AFTER.total_seconds():
            return
        if self.addresses and self._take_turn():
            self._mail(f"{TEXT}\n\n{type(error).__name__} since {self._began:%H:%M} UTC. {ONCE_AN_HOUR}")

    def _take_turn(self) -> bool:
        """Whether this process is the one to mail. The file holds the beginning; its time is the last mail's."""
        with os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            began, now = file.read(), time.time()
            if began and now - self.path.stat().st_mtime < settings.ALARM_REPEAT.total_seconds():
                return False
            if not began:
                file.write(str(self._began.timestamp()))
            file.flush()
            os.utime(self.path, (now, now))
        return True

    @property
    def _began(self) -> datetime:
        return datetime.fromtimestamp(time.time() - time.monotonic() + (self.failing_since or 0.0), UTC)

    def _mail(self, text: str) -> None:
        for address in self.addresses:
            try:
                EmailMessage(settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + TITLE, text, to=[address]).send()
            except (OSError, SMTPException) as error:
                log.warning("the alarm of the database was not sent (%s)", type(error).__name__)
