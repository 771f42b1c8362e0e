"""All that a worker does every few seconds, beside its tasks."""

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.utils import timezone

from leaderboard.intervals.scheduler import IntervalScheduler
from server.background import UNAVAILABLE, BackgroundStep, PeriodicJob
from server.desk.heartbeats import Heart
from server.rescores.tasks import RescoreFollower
from server.results.tasks import PackMaker
from server.submissions.cleanup import remove_stale
from server.submissions.mailer import REMIND_SECONDS, mail_jobs
from server.submissions.same_maps import compare_what_is_left
from server.submissions.sweep import sweep
from server.verification.cleanup import delete_due_files
from server.verification.reminders import remind
from server.verification.tasks import schedule_examination

SELDOM = 5  # sweeps between two looks for files of verification cases: nobody waits for them


class WorkerJobs(BackgroundStep):
    """The periodic jobs of a worker, the heartbeat first."""

    def __init__(self, parent: Any, **kwargs: object) -> None:
        super().__init__(parent, **kwargs)
        self.heart = Heart(parent.hostname)

    def jobs(self) -> list[PeriodicJob]:
        intervals, rescores, packs = IntervalScheduler(), RescoreFollower(), PackMaker()
        return [
            PeriodicJob("heartbeat", settings.HEARTBEAT_SECONDS, self.heart.beat),
            PeriodicJob("sweep", settings.SWEEP_SECONDS, lambda: sweep(self.room())),
            PeriodicJob("intervals", settings.SWEEP_SECONDS, lambda: intervals.schedule(self.room())),
            PeriodicJob("re-scores", settings.SWEEP_SECONDS, lambda: rescores.follow(self.room())),
            PeriodicJob("paper packs", settings.SWEEP_SECONDS, lambda: packs.follow(self.room())),
            PeriodicJob("files of cases", SELDOM * settings.SWEEP_SECONDS, schedule_examination),
            PeriodicJob("cleanup", settings.LEASE.total_seconds(), clean_up),
            PeriodicJob("same maps", settings.LEASE.total_seconds(), compare_what_is_left),
            PeriodicJob("due dates", REMIND_SECONDS, remind_now),
            *(mail_jobs(self.stopping) if settings.MAIL_FROM_WORKER else []),
        ]

    def stop(self, parent: object) -> None:
        super().stop(parent)
        with suppress(*UNAVAILABLE):
            self.heart.stop()


def clean_up() -> None:
    remove_stale()
    delete_due_files(timezone.now())


def remind_now() -> None:
    """Remind teams of what is due in verification cases."""
    remind(timezone.now())
