"""Periodic jobs that send e-mails, in each worker, or in `send_emails` where workers reach no mail server."""

import threading
from functools import partial

from django.conf import settings
from django.utils import timezone

from server.background import PeriodicJob
from server.outbox.services import send_due
from server.submissions.deadline_reminders import remind

REMIND_SECONDS = 60


def mail_once() -> int:
    """Write the reminders that are due, and send all waiting e-mails; return how many were sent."""
    remind_now()
    return send_due()


def mail_jobs(stopping: threading.Event) -> list[PeriodicJob]:
    """Return the same as periodic jobs. Sending has its own thread: a slow mail server may need minutes."""
    return [
        PeriodicJob("reminders", REMIND_SECONDS, remind_now),
        PeriodicJob("mail", settings.SWEEP_SECONDS, partial(send_due, stopping), thread="mail"),
    ]


def remind_now() -> None:
    remind(timezone.now())
