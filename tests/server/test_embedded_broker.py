"""The broker inside the worker: it waits for messages without polling, and misses none."""

import threading
import time
from contextlib import contextmanager

import pytest
from django.conf import settings
from kombu import Connection, Consumer, Queue
from kombu.transport import memory

from server.celery import app
from server.embedded_broker import Channel, Transport

SOON, LONG = 0.3, 20  # seconds


@pytest.fixture
def looks(monkeypatch) -> list[str]:
    """Each look into a queue."""
    seen, get = [], memory.Channel._get
    monkeypatch.setattr(
        memory.Channel, "_get", lambda self, queue, *rest: (seen.append(queue), get(self, queue))[1]
    )
    return seen


@pytest.fixture
def queue(monkeypatch) -> Queue:
    monkeypatch.setattr(memory.Channel, "queues", {})
    return Queue("a-queue")


@contextmanager
def consuming(queue: Queue, *, prefetch: int = 1):
    """A connection that takes so many messages at once, and those that came."""
    came = []
    with Connection("memory://localhost/", transport="server.embedded_broker:Transport") as connection:
        channel = connection.channel()
        consumer = Consumer(channel, [queue], on_message=came.append)
        consumer.qos(prefetch_count=prefetch)
        with consumer:
            yield connection, came


def send(queue: Queue, body: str = "a hint") -> None:
    with Connection("memory://localhost/", transport="server.embedded_broker:Transport") as connection:
        producer = connection.Producer()
        producer.publish(body, routing_key=queue.name, declare=[queue])


def later(act) -> None:
    threading.Timer(SOON, act).start()


def test_the_embedded_set_up_uses_it():
    if not settings.EMBEDDED:
        pytest.skip("about the embedded set-up")
    assert app.connection_for_read().transport_cls == "server.embedded_broker:Transport"
    assert app.connection_for_read().transport.__class__ is Transport
    assert app.conf.worker_enable_remote_control is False


def test_nobody_looks_into_a_queue_while_nothing_comes(queue, looks):
    with consuming(queue) as (connection, came):
        looks.clear()
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            connection.drain_events(timeout=1)
        assert time.monotonic() - began >= 0.9
        assert (came, len(looks)) == ([], 1)


def test_a_message_is_delivered_as_soon_as_another_thread_sends_it(queue):
    with consuming(queue) as (connection, came):
        later(lambda: send(queue))
        began = time.monotonic()
        connection.drain_events(timeout=LONG)
        assert [message.payload for message in came] == ["a hint"]
        assert time.monotonic() - began < LONG / 2


def test_what_was_sent_before_the_look_is_delivered_too(queue):
    send(queue, "one")
    send(queue, "two")
    with consuming(queue, prefetch=0) as (connection, came):
        for _ in range(2):
            connection.drain_events(timeout=LONG)
        assert [message.payload for message in came] == ["one", "two"]


def test_a_message_that_waits_for_room_is_delivered_as_soon_as_there_is_room(queue):
    send(queue, "one")
    send(queue, "two")
    with consuming(queue, prefetch=1) as (connection, came):
        connection.drain_events(timeout=LONG)
        with pytest.raises(TimeoutError):
            connection.drain_events(timeout=SOON)
        later(came[0].ack)
        began = time.monotonic()
        connection.drain_events(timeout=LONG)
        assert [message.payload for message in came] == ["one", "two"]
        assert time.monotonic() - began < LONG / 2


def test_a_message_to_everybody_is_news_too(queue):
    Channel.news.clear()
    with Connection("memory://localhost/", transport="server.embedded_broker:Transport") as connection:
        connection.channel()._put_fanout("an exchange", {}, "")
    assert Channel.news.is_set()
