"""Figures for monitoring, read from the tables by whoever asks: one collector for all processes."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from django.conf import settings
from django.db import connections
from django.db.models import Count, Sum
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from server.alarms.models import Alarm
from server.desk.causes import last_backup
from server.desk.heartbeats import least_free_room
from server.desk.models import FileCheck, WorkerHeartbeat
from server.outbox.models import OutboxEmail
from server.submissions.models import Evaluation, State, Submission
from server.submissions.scoring_times import percentile, scoring_times
from server.submissions.waiting import age_of, oldest_waiting

PERCENTS = (50, 95)


class TablesCollector(Collector):
    """What the tables say at the moment of the question. It names no person, team or file."""

    def describe(self) -> list[GaugeMetricFamily]:
        return []  # registering it asks nothing yet

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            yield from (*_queue(), *_times(), *_parts(), *_storage())
        finally:
            connections.close_all()  # each question has a thread of its own


def _gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"lid_{name}", help_text, value=value)


def _labelled(name: str, help_text: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"lid_{name}", help_text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _queue() -> Iterator[GaugeMetricFamily]:
    rows = Evaluation.objects.order_by().values_list("state").annotate(count=Count("pk"))
    counts = dict.fromkeys(State.values, 0) | dict(rows)
    yield _labelled("evaluations", "Evaluations by state.", "state", counts)
    oldest = oldest_waiting()
    age = age_of(oldest) if oldest else timedelta()
    yield _gauge("oldest_waiting_seconds", "For how long the oldest has waited; 0: none.", age.total_seconds())


def _times() -> Iterator[GaugeMetricFamily]:
    times = scoring_times()
    seconds = {f"{percent / 100:g}": percentile(times, percent).total_seconds() for percent in PERCENTS if times}
    yield _labelled("scoring_seconds", "From upload to scores, in the last 7 days.", "quantile", seconds)
    yield _gauge("scored_lately", "Submissions that were scored or rejected in the last 7 days.", len(times))


def _parts() -> Iterator[GaugeMetricFamily]:
    beats = WorkerHeartbeat.objects
    workers = {"alive": beats.alive().count(), "silent": beats.silent().count()}
    yield _labelled("workers", "Workers by what they last reported.", "state", workers)
    emails = OutboxEmail.objects.waiting().count()
    yield _gauge("emails_waiting", "E-mails of the outbox that are still to be sent.", emails)
    yield _gauge("alarms", "Alarms that last.", Alarm.objects.lasting().count())


def _storage() -> Iterator[GaugeMetricFamily]:
    room = {folder: float(free) for folder, free in least_free_room().items()}
    yield _labelled("disk_free_bytes", "Bytes that uploads may fill, beyond the reserve.", "folder", room)
    size = Submission.objects.aggregate(bytes=Sum("size"))["bytes"] or 0
    yield _gauge("archives_bytes", "Size of all archives.", size)
    for check in FileCheck.objects.all():
        yield _gauge("file_losses", "Files that the last check found missing or damaged.", len(check.losses))
        yield _gauge("file_check_timestamp_seconds", "When files were last checked.", check.at.timestamp())
    if settings.BACKUP_PATH and (last := last_backup()):
        yield _gauge("backup_timestamp_seconds", "When the last backup was made.", last.timestamp())
