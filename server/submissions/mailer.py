"""What mails: a thread in each worker, or `send_emails` where workers have no way out."""

import logging
import threading

from celery import bootsteps
from celery.worker import WorkController
from django.conf import settings
from django.db import connections
from django.utils import timezone

from server.error_views import DATABASE_UNAVAILABLE
from server.outbox.services import send_due
from server.submissions.deadline_reminders import remind

log = logging.getLogger(__name__)


def mail_once(stopping: threading.Event | None = None) -> int:
    """Write the reminders that are due, and send all that waits; returns how many mails went out."""
    remind(timezone.now())
    return send_due(stopping)


def mail_until(stopping: threading.Event) -> None:
    """Mail every few seconds until told to stop, whatever goes wrong."""
    while not stopping.wait(settings.SWEEP_SECONDS):
        try:
            mail_once(stopping)
        except DATABASE_UNAVAILABLE as error:
            log.warning("the database is away, and mails wait for it: %s", error)
        except Exception:  # the outer door: or no mail would go out until the next start
            log.exception("the mailer could not go on, and will try again")
        finally:
            connections.close_all()


class Mailer(bootsteps.StartStopStep):
    """A thread in each worker of its own, so that a mail server that hangs holds nothing else."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: WorkController, **kwargs: object) -> None:
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=mail_until, args=[self.stopping], name="mailer", daemon=True)
        super().__init__(parent, **kwargs)

    def include_if(self, parent: WorkController) -> bool:
        return settings.MAIL_FROM_WORKER

    def start(self, parent: object) -> None:
        self.thread.start()

    def stop(self, parent: object) -> None:
        self.stopping.set()
