"""The Celery application. Messages are hints; the database says what is to be done."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.settings")

app = Celery("server")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def _add_threads(sender: Celery, **_: object) -> None:
    from leaderboard.comparer import Comparer  # noqa: PLC0415  (need the apps to be loaded)
    from server.submissions.mailer import Mailer  # noqa: PLC0415
    from server.submissions.sweep import Sweeper  # noqa: PLC0415

    sender.steps["worker"].update({Sweeper, Mailer, Comparer})
