"""Progress as JSON lines on stderr, which the server reads."""

from __future__ import annotations

import json
import sys
import time

INTERVAL = 0.25  # seconds


class ProgressLines:
    """Writes progress as JSON lines to stderr: a few per second, and the last one of each stage."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Report `done` of `total` images."""
        if done == total or time.monotonic() >= self._next:
            self._next = time.monotonic() + INTERVAL
            sys.stderr.write(json.dumps({"stage": stage, "done": done, "total": total}) + "\n")
            sys.stderr.flush()
