"""The Celery application. Messages only wake workers; the database says what is to be done."""

import os
from contextlib import suppress
from typing import Any

from celery import Celery
from celery.signals import worker_init, worker_shutting_down
from django.conf import settings
from django.db import connections

from server.checks import refuse_bad_start, warn_worker
from server.sandbox import hide_memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.settings")

app = Celery("server")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def _add_periodic_jobs(sender: Celery, **_: object) -> None:
    from leaderboard.intervals.scheduler import IntervalScheduler  # noqa: PLC0415  (need the apps to be loaded)
    from server.background import UNAVAILABLE, BackgroundStep, PeriodicJob  # noqa: PLC0415
    from server.desk.heartbeats import Heart  # noqa: PLC0415
    from server.rescores.tasks import RescoreFollower  # noqa: PLC0415
    from server.submissions.cleanup import remove_stale  # noqa: PLC0415
    from server.submissions.mailer import mail_jobs  # noqa: PLC0415
    from server.submissions.sweep import sweep  # noqa: PLC0415

    class Background(BackgroundStep):
        """All that a worker does every few seconds, beside its tasks."""

        def __init__(self, parent: Any, **kwargs: object) -> None:
            super().__init__(parent, **kwargs)
            self.heart = Heart(parent.hostname)

        def jobs(self) -> list[PeriodicJob]:
            intervals, rescores = IntervalScheduler(), RescoreFollower()
            return [
                PeriodicJob("heartbeat", settings.HEARTBEAT_SECONDS, self.heart.beat),
                PeriodicJob("sweep", settings.SWEEP_SECONDS, lambda: sweep(self.room())),
                PeriodicJob("intervals", settings.SWEEP_SECONDS, lambda: intervals.schedule(self.room())),
                PeriodicJob("re-scores", settings.SWEEP_SECONDS, lambda: rescores.follow(self.room())),
                PeriodicJob("cleanup", settings.LEASE.total_seconds(), remove_stale),
                *(mail_jobs(self.stopping) if settings.MAIL_FROM_WORKER else []),
            ]

        def stop(self, parent: object) -> None:
            super().stop(parent)
            with suppress(*UNAVAILABLE):
                self.heart.stop()

    sender.steps["worker"].add(Background)


@worker_init.connect
def _start_safely(**_: object) -> None:
    """Its forks inherit it: what scores a stranger's archive runs beside them, often as the same user."""
    hide_memory()
    refuse_bad_start()
    warn_worker()
    connections.close_all()  # a check may have opened one, which no fork may share


@worker_shutting_down.connect
def _tell_the_pool(**_: object) -> None:
    from server.leases import shutting_down  # noqa: PLC0415

    shutting_down.set()
