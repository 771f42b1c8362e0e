"""manage.py send_emails"""

import signal
import sys
import threading
from datetime import timedelta

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db.models import QuerySet
from django.db.models.functions import Now

from server.background import PeriodicJob, start_threads, touch_heartbeat_file
from server.outbox.models import OutboxEmail
from server.submissions.mailer import mail_jobs, mail_once

OVERDUE = timedelta(minutes=15)


class Command(BaseCommand):
    help = (
        "Write the deadline reminders that are due and send the waiting e-mails. The workers do this too, unless "
        "MAIL_FROM_WORKER is false; then run this with --forever."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        ways = parser.add_mutually_exclusive_group()
        ways.add_argument("--forever", action="store_true", help="run until stopped")
        ways.add_argument(
            "--check",
            action="store_true",
            help="send nothing; exit with code 1 if e-mails wait and nothing sends them",
        )

    def handle(self, *, forever: bool, check: bool, **_: object) -> None:
        if check:
            self._check()
        elif forever:
            stopping = threading.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stopping.set())
            for thread in start_threads([*mail_jobs(stopping), self._heartbeat()], stopping):
                thread.join()
        else:
            self.stdout.write(
                f"{mail_once()} sent, {OutboxEmail.objects.waiting().count()} waiting for another try."
            )

    def _heartbeat(self) -> PeriodicJob:
        """In a thread of its own: many mails, or a slow mail server, are no reason to call the sender ill."""
        return PeriodicJob("heartbeat", settings.HEARTBEAT_SECONDS, self._beat, thread="heartbeat")

    def _beat(self) -> None:
        if not self._overdue().exists():
            touch_heartbeat_file()

    def _check(self) -> None:
        overdue = self._overdue().count()
        self.stdout.write(f"{overdue} e-mails have waited for a sender for more than {OVERDUE}.")
        if overdue:
            sys.exit(1)

    def _overdue(self) -> QuerySet[OutboxEmail]:
        """Return what stays due: nothing sends it, as a mail that failed would not be due again yet."""
        return OutboxEmail.objects.due().filter(not_before__lt=Now() - OVERDUE)
