"""What mails: each worker, or `send_emails` where workers have no way out."""

import threading
from functools import partial

from django.conf import settings
from django.utils import timezone

from server.background import PeriodicJob
from server.outbox.services import send_due
from server.submissions.deadline_reminders import remind

REMIND_SECONDS = 60


def mail_once() -> int:
    """Write the reminders that are due, and send all that waits; returns how many mails went out."""
    remind_now()
    return send_due()


def mail_jobs(stopping: threading.Event) -> list[PeriodicJob]:
    """The same every so often. A mail may take minutes where its server is slow, so it has a thread of its own."""
    return [
        PeriodicJob("reminders", REMIND_SECONDS, remind_now),
        PeriodicJob("mail", settings.SWEEP_SECONDS, partial(send_due, stopping), thread="mail"),
    ]


def remind_now() -> None:
    remind(timezone.now())
