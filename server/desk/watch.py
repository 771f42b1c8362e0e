"""The watch: looks for causes of alarm, raises and ends alarms, and mails them, in a process that is no worker."""

import threading
from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from server import leases
from server.alarms.models import Alarm
from server.alarms.services import end_alarm, raise_alarm
from server.background import PeriodicJob, run_periodically
from server.desk.causes import causes_now
from server.desk.database_alarm import DatabaseAlarm
from server.desk.models import Watch
from server.desk.ping import Ping
from server.error_views import DATABASE_UNAVAILABLE
from server.outbox.services import send_alerts

EVERY = 20  # seconds, for `manage.py watch` where WATCH_SECONDS is 0
ONE_LOOK = timedelta(minutes=2)  # longer than one can take
UNHEARD = {"mail unsent", "mail refused"}  # causes of alarm of which no mail can tell
PUNCTUAL = 0.9  # whoever looks again after WATCH_SECONDS finds that it is time, and others that it is not


def watch(stopping: threading.Event) -> None:
    """Look every WATCH_SECONDS until told to stop."""
    seconds = settings.WATCH_SECONDS or EVERY
    run_periodically([PeriodicJob("watch", seconds, Watchman().look)], stopping)


class Watchman:
    """One process that watches, beside others: those that are faster leave it nothing to do."""

    def __init__(self, *, just_started: bool = True) -> None:
        self.since = timezone.now() if just_started else None
        self.database_alarm = DatabaseAlarm()
        self.ping = Ping()

    def look(self) -> bool:
        """Look if it is time, then send the alarms that wait for it; False where others look."""
        try:
            looked = self._look_if_due()
            send_alerts()
            self.database_alarm.database_answers()
        except DATABASE_UNAVAILABLE as error:
            self.database_alarm.database_fails(error)
            raise
        return looked

    def _look_if_due(self) -> bool:
        row, _ = Watch.objects.get_or_create(pk=1)
        if row.not_before > timezone.now():  # as in most processes: then nothing is written
            return False
        mine = leases.claim(Watch.objects.all(), row, lasting=ONE_LOOK)
        if mine is None:
            return False
        pause = timedelta(seconds=settings.WATCH_SECONDS * PUNCTUAL)
        try:
            self._raise_and_end()
        finally:
            leases.release(mine, not_before=Now() + pause, looked_at=Now())
        return True

    def _raise_and_end(self) -> None:
        before = timezone.now()
        found = {cause.key: cause for cause in causes_now(self.since)}
        for cause in found.values():
            raise_alarm(cause.key, cause.title, cause.text)
        # What a worker has raised since is not over because it was not there yet.
        for alarm in Alarm.objects.lasting().filter(since__lt=before).exclude(cause__in=found):
            end_alarm(alarm)
        if not found.keys() & UNHEARD:
            self.ping.send()
