"""The Celery application. Messages are hints; the database says what is to be done."""

import os

from celery import Celery
from celery.signals import worker_init

from server.checks import refuse_bad_start, warn_worker
from server.sandbox import hide_memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.settings")

app = Celery("server")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def _add_threads(sender: Celery, **_: object) -> None:
    from leaderboard.intervals.scheduler import IntervalScheduler  # noqa: PLC0415  (need the apps to be loaded)
    from server.submissions.mailer import Mailer  # noqa: PLC0415
    from server.submissions.sweep import Sweeper  # noqa: PLC0415

    sender.steps["worker"].update({Sweeper, Mailer, IntervalScheduler})


@worker_init.connect
def _start_safely(**_: object) -> None:
    """Its forks inherit it: what scores a stranger's archive runs beside them, often as the same user."""
    hide_memory()
    refuse_bad_start()
    warn_worker()
