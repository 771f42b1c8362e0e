"""manage.py watch"""

import signal
import sys
import threading

from django.core.management.base import BaseCommand, CommandParser

from server.alarms.models import Alarm
from server.desk.watch import Watchman, watch
from server.error_views import DATABASE_UNAVAILABLE


class Command(BaseCommand):
    help = (
        "Look for causes of alarm (no worker, long waits, failures, stuck mail, full disks, an old backup), raise "
        "and end alarms, and mail them. Web processes do this too, unless WATCH_SECONDS is 0."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="look once, list the alarms, and exit with code 1 if there is one"
        )

    def handle(self, *, once: bool, **_: object) -> None:
        if once:
            self._look_once()
        else:
            self._look_for_ever()

    def _look_once(self) -> None:
        try:
            Watchman(just_started=False).look()
        except DATABASE_UNAVAILABLE as error:
            self.stderr.write(f"The database cannot be reached: {error}")
            sys.exit(1)
        lasting = list(Alarm.objects.lasting())
        for alarm in lasting:
            self.stdout.write(f"{alarm.title}\n  {alarm.text}")
        if lasting:
            sys.exit(1)
        self.stdout.write("No alarm.")

    def _look_for_ever(self) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        watch(stopping)
