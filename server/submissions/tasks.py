"""What a worker does when it hears a hint: pack drafts, score what waits, record the outcome."""

import logging
import multiprocessing
import os
import shutil
import socket
import time
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from celery import shared_task
from celery.signals import worker_shutting_down
from django.conf import settings

from evaluator.contract import Rejected, Result, read_outcome
from server.child import ChildTimedOut, Ended, run_evaluator
from server.files import sha256_of, work_folder
from server.submissions import moves
from server.submissions.models import Evaluation
from server.tracks.services import pack_next

log = logging.getLogger(__name__)

shutting_down = multiprocessing.Event()  # made before the pool forks, so that all its processes share it
SHUTDOWN_GRACE = timedelta(seconds=20)


@worker_shutting_down.connect
def _tell_the_pool(**_: object) -> None:
    shutting_down.set()


class LeaseLost(Exception):
    """Another worker has claimed the evaluation; what this one finds no longer counts."""


class WorkerStopping(Exception):
    """The worker is to stop and the work in hand would take too long."""


@shared_task
def work() -> None:
    """Work until nothing waits. The message carries nothing: the tables are the queue."""
    while not shutting_down.is_set() and (pack_next() or score_next()):
        pass


def score_next() -> bool:
    """Score the next waiting evaluation; False where none waits."""
    evaluation = moves.claim(f"{socket.gethostname()}:{os.getpid()}")
    if evaluation:
        score(evaluation)
    return evaluation is not None


def score(evaluation: Evaluation) -> None:
    """Have the evaluator score one claimed evaluation and record what came of it."""
    submission = evaluation.submission
    keeper = LeaseKeeper(evaluation)
    try:
        with work_folder(f"{evaluation.pk}-{evaluation.fence}") as folder:
            if sha256_of(submission.archive_path) != submission.sha256:
                moves.fail(
                    evaluation, "The stored archive differs from what was received: its sha256 has changed."
                )
                return
            ended = run_evaluator(_arguments(evaluation, folder), folder, keeper.tick)
            _record(evaluation, ended, folder)
    except LeaseLost:
        log.warning("evaluation %s was claimed by another worker", evaluation.pk)
    except WorkerStopping:
        moves.hand_back(evaluation, "the worker stopped")
    except ChildTimedOut:
        moves.end_lease(evaluation, f"Scoring took longer than {settings.EVALUATOR_TIMEOUT}.")
    except OSError as error:
        moves.end_lease(evaluation, f"{type(error).__name__}: {error}")


def _arguments(evaluation: Evaluation, folder: Path) -> list[str]:
    rule = evaluation.rule
    return [
        *("score", rule.scorer, str(evaluation.submission.archive_path)),
        *("--ground-truth", str(rule.ground_truth.pack_path)),
        *("--jobs", str(jobs())),
        *("--stats", str(folder / "statistics.npz")),
        "--json",
    ]


def jobs() -> int:
    """How many processes one evaluation may use."""
    return settings.EVALUATOR_JOBS or max(1, (os.cpu_count() or 1) // settings.CELERY_WORKER_CONCURRENCY)


def _record(evaluation: Evaluation, ended: Ended, folder: Path) -> None:
    """Write what the evaluator found. Exit code, answer and scorer version have to agree, or it found nothing."""
    match ended.code, _outcome(ended):
        case 0, Result(scores=dict(scores), version=evaluation.rule.scorer_version, warnings=warnings):
            settings.STATISTICS_DIR.mkdir(parents=True, exist_ok=True)
            shutil.move(folder / "statistics.npz", evaluation.statistics_path)
            moves.record_scored(evaluation, scores, list(warnings))
        case 2, Rejected(problems=problems, problem_count=count):
            moves.record_rejected(evaluation, [asdict(problem) for problem in problems], count)
        case _:
            moves.end_lease(evaluation, str(ended))


def _outcome(ended: Ended) -> Result | Rejected | None:
    try:
        return read_outcome(ended.answer)
    except Rejected as rejection:
        return rejection
    except ValueError:
        return None


class LeaseKeeper:
    """Renews one evaluation's lease by the clock and writes its progress, at most once a second."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self.written = (0.0, ("", 0, 0))
        self.stop_at: float | None = None

    def tick(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        self._heed_shutdown(now)
        at, before = self.written
        news = (stage, done, total)
        if now - at >= (1 if news != before else settings.LEASE.total_seconds() / 6):
            if not moves.renew(self.evaluation, stage, done, total):
                raise LeaseLost
            self.written = (now, news)

    def _heed_shutdown(self, now: float) -> None:
        if shutting_down.is_set():
            self.stop_at = self.stop_at or now + SHUTDOWN_GRACE.total_seconds()
            if now > self.stop_at:
                raise WorkerStopping
