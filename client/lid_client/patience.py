"""When to try again: while the network is gone or the server is busy, for so long and no longer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from lid_client.failures import Failure, Refused, Unreachable
from lid_client.output import ProgressLine

LONGEST_PAUSE = 15.0  # seconds
LATER = (423, 429, 502, 503, 504)  # another request is writing, or the server is busy or away
T = TypeVar("T")


class Patience:
    """Pauses after failures that may pass, longer each time, until nothing has worked for `seconds`."""

    def __init__(self, seconds: float, progress: ProgressLine) -> None:
        self._seconds, self._progress = seconds, progress
        self._worked_at, self._pause = -seconds, 0.0  # nothing has worked yet: then there is nothing to wait for

    def worked(self) -> None:
        """Note that the server has done what was asked."""
        self._worked_at, self._pause = time.monotonic(), 0.0

    def pause(self, failure: Failure) -> None:
        """Wait before another try. Raises the failure where it will not pass, or has lasted too long."""
        if not _may_pass(failure):
            raise failure
        self._pause = min(max(2 * self._pause, 0.5), LONGEST_PAUSE)
        asked = failure.retry_after if isinstance(failure, Refused) else 0.0
        seconds = max(self._pause, asked)
        if time.monotonic() + seconds > self._worked_at + self._seconds:
            raise failure
        self._progress.show(f"{failure.detail} Trying again in {seconds:g} s.", at_once=True)
        time.sleep(seconds)

    def until_done(self, ask: Callable[[], T]) -> T:
        """Ask until there is an answer."""
        while True:
            try:
                answer = ask()
            except Failure as failure:
                self.pause(failure)
            else:
                self.worked()
                return answer


def _may_pass(failure: Failure) -> bool:
    if isinstance(failure, Refused):
        return failure.status in LATER or failure.code == "wrong_offset"
    return isinstance(failure, Unreachable)
