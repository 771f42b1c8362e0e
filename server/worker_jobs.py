"""All that a worker does every few seconds, beside its tasks."""

from contextlib import suppress
from typing import Any

from django.conf import settings

from leaderboard.intervals.scheduler import IntervalScheduler
from server.background import UNAVAILABLE, BackgroundStep, PeriodicJob
from server.desk.heartbeats import Heart
from server.rescores.tasks import RescoreFollower
from server.submissions.cleanup import remove_stale
from server.submissions.mailer import mail_jobs
from server.submissions.same_maps import compare_what_is_left
from server.submissions.sweep import sweep


class WorkerJobs(BackgroundStep):
    """The periodic jobs of a worker, the heartbeat first."""

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
            PeriodicJob("same maps", settings.LEASE.total_seconds(), compare_what_is_left),
            *(mail_jobs(self.stopping) if settings.MAIL_FROM_WORKER else []),
        ]

    def stop(self, parent: object) -> None:
        super().stop(parent)
        with suppress(*UNAVAILABLE):
            self.heart.stop()
