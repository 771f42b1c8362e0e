"""Wake-up messages to the workers, sent by a thread so that no request waits for the broker."""

import logging
import threading

from kombu.exceptions import OperationalError

from server.submissions.tasks import work

log = logging.getLogger(__name__)


class WorkerWakeup:
    """Sends one wake-up message at a time. Requests made meanwhile are merged: the message has no content."""

    def __init__(self) -> None:
        self.wanted = threading.Event()
        self.starting = threading.Lock()
        self.thread: threading.Thread | None = None

    def request(self) -> None:
        """Request a wake-up message and return immediately; after a fork a new thread is started."""
        self.wanted.set()
        with self.starting:
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self._send, name="worker-wakeup", daemon=True)
                self.thread.start()

    def _send(self) -> None:
        while self.wanted.wait():
            self.wanted.clear()
            try:
                work.apply_async(retry=False)
            except (OperationalError, OSError) as error:
                log.warning("no wake-up message was sent; the workers' sweep will find the work: %s", error)


wake_workers = WorkerWakeup().request
