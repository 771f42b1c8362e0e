"""The embedded set-up's broker: Celery's in-memory one, which waits for a message instead of polling for one."""

import time
from queue import Empty
from threading import Event
from typing import Any

from kombu.transport import memory


class Channel(memory.Channel):
    """Tells the transport whenever there may be something to deliver."""

    news = Event()  # of all channels of this process, as the queues are

    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:
        super()._put(queue, message, **kwargs)
        self.news.set()

    def _put_fanout(self, exchange: str, message: Any, routing_key: str | None = None, **kwargs: Any) -> None:
        super()._put_fanout(exchange, message, routing_key, **kwargs)
        self.news.set()

    def basic_ack(self, *arguments: Any, **kwargs: Any) -> None:
        super().basic_ack(*arguments, **kwargs)
        self.news.set()  # the consumer takes a message more


class Transport(memory.Transport):
    Channel = Channel

    def drain_events(self, connection: Any, timeout: float | None = None, **kwargs: Any) -> None:
        """Deliver one message. Raises TimeoutError where none comes in time."""
        ends = None if timeout is None else time.monotonic() + timeout
        while True:
            Channel.news.clear()  # before the look, so that what is put after it is not missed
            try:
                self.cycle.get(self._deliver, timeout=timeout)  # type: ignore[union-attr]  # None as a class only
            except Empty:
                if not Channel.news.wait(ends and max(0.0, ends - time.monotonic())):
                    raise TimeoutError from None
            else:
                return
