"""What a fault is: a function that submits, harms something at a random moment, and fixes what it must."""

import random
import time
from collections.abc import Callable

from tests.faults.stage import Stage


class NotHere(Exception):
    """The fault has no meaning on this set-up or this machine; the message says why."""


FAULTS: dict[str, Callable[[Stage], None]] = {}


def fault(name: str) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
    def register(inject: Callable[[Stage], None]) -> Callable[[Stage], None]:
        FAULTS[name] = inject
        return inject

    return register


def some_time(most: float = 0.8) -> None:
    time.sleep(random.uniform(0, most))
