"""manage.py send_emails"""

import signal
import sys
import threading
from datetime import timedelta

from django.core.management.base import BaseCommand, CommandParser
from django.db.models.functions import Now

from server.background import run_periodically
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
            run_periodically(mail_jobs(stopping), stopping)
        else:
            self.stdout.write(
                f"{mail_once()} sent, {OutboxEmail.objects.waiting().count()} waiting for another try."
            )

    def _check(self) -> None:
        """Exit with 1 if e-mails stay due: nothing sends them, as one that failed would not be due again yet."""
        overdue = OutboxEmail.objects.due().filter(not_before__lt=Now() - OVERDUE).count()
        self.stdout.write(f"{overdue} e-mails have waited for a sender for more than {OVERDUE}.")
        if overdue:
            sys.exit(1)
