"""The Celery application. Messages only wake workers; the database says what is to be done."""

import os

from celery import Celery
from celery.signals import worker_init, worker_shutting_down
from django.db import connections

from server.checks import refuse_bad_start, warn_worker
from server.sandbox import hide_memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.settings")

app = Celery("server")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def _add_periodic_jobs(sender: Celery, **_: object) -> None:
    from server.worker_jobs import WorkerJobs  # noqa: PLC0415  (needs the apps to be loaded)

    sender.steps["worker"].add(WorkerJobs)


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
