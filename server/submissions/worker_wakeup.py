"""Hints to the workers that there is work, sent by a thread, so that no request waits for a broker."""

import logging
import threading

from kombu.exceptions import OperationalError

from server.submissions.tasks import work

log = logging.getLogger(__name__)


class WorkerWakeup:
    """Sends one hint at a time. Wishes that come meanwhile are one wish: a hint carries nothing."""

    def __init__(self) -> None:
        self.wanted = threading.Event()
        self.starting = threading.Lock()
        self.thread: threading.Thread | None = None

    def request(self) -> None:
        """Return at once; the thread is this process's own, also after a fork."""
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
                log.warning("no hint was sent, and the workers' own sweep will find the work: %s", error)


wake_workers = WorkerWakeup().request
