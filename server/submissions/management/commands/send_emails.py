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
        "Write the reminders of deadlines that are due and send the mails that wait. The workers do the same by "
        "themselves, unless MAIL_FROM_WORKER is false: then --forever does it in their place."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        ways = parser.add_mutually_exclusive_group()
        ways.add_argument("--forever", action="store_true", help="go on until told to stop")
        ways.add_argument(
            "--check", action="store_true", help="send nothing; exit code 1 where mails wait and nobody sends them"
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
        """A mail that fails is not due again at once; one that stays due has no sender."""
        overdue = OutboxEmail.objects.due().filter(not_before__lt=Now() - OVERDUE).count()
        self.stdout.write(f"{overdue} mails have waited for a sender for more than {OVERDUE}.")
        if overdue:
            sys.exit(1)
