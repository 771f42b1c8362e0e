"""What a worker does after a wake-up: pack drafts, score what waits, record the outcome."""

import errno
import logging
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from pathlib import Path

from celery import shared_task
from django.conf import settings
from django.db import close_old_connections, transaction

from evaluator.contract import Rejected, Result, read_outcome
from server.error_views import DATABASE_UNAVAILABLE
from server.evaluator_commands import EvaluatorFailed
from server.evaluator_process import EvaluatorExit, run_evaluator
from server.failpoints import failpoint
from server.files import is_full, says_full, sha256_of, work_folder
from server.leases import (
    LeaseKeeper,
    LeaseLost,
    WorkerStopping,
    shutting_down,
    this_process,
    until_written,
    work_name,
)
from server.submissions import emails, hosts, same_maps, self_check, transitions
from server.submissions.models import Evaluation
from server.tracks.models import ScoringRule
from server.tracks.packing import pack_next
from server.tracks.scorers import read_scorers_again
from server.tracks.services import manifests_beside
from server.tracks.unreadable import hold, look_again, problem_of

log = logging.getLogger(__name__)


TURN = timedelta(minutes=1)


@shared_task
def work() -> None:
    """Work until nothing waits. The message carries no data: the tables are the queue.

    After a turn (`TURN`) the rest is left to the next wake-up, so that other tasks can run in between.
    """
    ends = time.monotonic() + TURN.total_seconds()
    try:
        while (
            not shutting_down.is_set()
            and (pack_next() or look_again() or score_next())
            and time.monotonic() < ends
        ):
            pass
    except DATABASE_UNAVAILABLE as error:
        log.warning("the database is unavailable; the next sweep will find the work: %s", error)
        close_old_connections()


def score_next() -> bool:
    """Score the next waiting evaluation; False where none waits, or this host cannot score now."""
    evaluation = transitions.claim(this_process()) if hosts.may_claim() else None
    if evaluation:
        score(evaluation)
    return evaluation is not None


def score(evaluation: Evaluation) -> None:
    """Have the evaluator score one claimed evaluation, and record the outcome."""
    try:
        with work_folder(work_name(evaluation)) as folder:
            until_written(_run_evaluation(evaluation, folder))
        same_maps.compare_maps(evaluation.submission)
        until_written(hosts.record_success)
    except LeaseLost:
        log.warning("evaluation %s was claimed by another worker", evaluation.pk)
    except Exception as error:  # the outermost handler: a server error is counted, and other work goes on
        until_written(partial(_give_up_for_now, evaluation, error))


def _run_evaluation(evaluation: Evaluation, folder: Path) -> Callable[[], object]:
    """Run the evaluator; return the function that writes the outcome. Raises EvaluatorFailed."""
    submission, keeper = evaluation.submission, LeaseKeeper(evaluation)
    if sha256_of(submission.archive_path, keeper.tick) != submission.sha256:
        return partial(
            transitions.fail, evaluation, "The stored archive is not what was received: its sha256 differs."
        )
    others = manifests_beside(evaluation.rule)
    open_files = [submission.archive_path, evaluation.rule.ground_truth.pack_path, *others.values()]
    arguments = [*_arguments(evaluation, folder), *_as_options(others)]
    ended = run_evaluator(arguments, folder, keeper.tick, open_files=open_files)
    failpoint("scored_not_recorded")
    return _write_of(evaluation, ended, folder)


def _give_up_for_now(evaluation: Evaluation, error: Exception) -> None:
    """Return the evaluation to the queue; a failure is counted only where nothing else is to blame."""
    match error:
        case WorkerStopping():
            transitions.requeue(evaluation, "the worker stopped")
        case OSError() if says_full(error):
            self_check.forget()
            transitions.requeue_until_disk_has_room(evaluation)
        case EvaluatorFailed() if _is_outdated(evaluation):
            transitions.requeue(evaluation, "the scorer's version is not the rule's", last_error=str(error))
        case _ if _held(evaluation):
            pass
        case EvaluatorFailed():
            hosts.record_failure(evaluation, str(error))
        case _:
            log.error("evaluation %s", evaluation.pk, exc_info=error)
            hosts.record_failure(evaluation, f"{type(error).__name__}: {error}")


def _is_outdated(evaluation: Evaluation) -> bool:
    """Whether the evaluator was replaced by another version while this worker ran; then its evaluations wait."""
    read_scorers_again()
    found = ScoringRule.objects.filter(pk=evaluation.rule_id).outdated().exists()
    if found:
        log.error("%s", evaluation.rule.outdated)
    return found


def _held(evaluation: Evaluation) -> bool:
    """Whether the error is an unreadable pack: then all evaluations by this pack wait, and nothing counts."""
    ground_truth = evaluation.rule.ground_truth
    try:
        with work_folder(work_name(evaluation)) as folder:
            problem = problem_of(ground_truth, LeaseKeeper(evaluation), folder)
    except Exception as error:  # then nothing says that the pack is to blame
        log.warning("the pack of evaluation %s was not checked: %s", evaluation.pk, error)
        return False
    if problem:
        with transaction.atomic():
            if hold(ground_truth, problem):
                emails.alert_unreadable(ground_truth, problem)
            transitions.requeue(evaluation, "its ground truth cannot be read", last_error=problem)
    return bool(problem)


def _arguments(evaluation: Evaluation, folder: Path) -> list[str]:
    rule = evaluation.rule
    return [
        *("score", rule.scorer, str(evaluation.submission.archive_path)),
        *("--ground-truth", str(rule.ground_truth.pack_path)),
        *("--jobs", str(jobs())),
        *("--stats", str(folder / "statistics.npz")),
        "--json",
    ]


def _as_options(others: dict[str, Path]) -> list[str]:
    """Return the options that let the evaluator recognise an archive of another split."""
    return [word for title, path in others.items() for word in ("--other", title, str(path))]


def jobs() -> int:
    """Return how many processes one evaluation may use."""
    return int(settings.EVALUATOR_JOBS) or max(1, (os.cpu_count() or 1) // settings.CELERY_WORKER_CONCURRENCY)


def _write_of(evaluation: Evaluation, ended: EvaluatorExit, folder: Path) -> Callable[[], object]:
    """Return the function that writes the outcome.

    Raises EvaluatorFailed where exit code and answer do not agree.
    """
    statistics = folder / "statistics.npz"
    match ended.code, _outcome(ended):
        case 0, Result(scores=dict(scores), version=evaluation.rule.scorer_version, warnings=warnings) if (
            statistics.is_file() and not statistics.is_symlink()
        ):
            return partial(transitions.record_scored, evaluation, scores, list(warnings), statistics)
        case 2, Rejected(problems=(_, *_) as problems, problem_count=int(count)) if count >= len(problems):
            return partial(
                transitions.record_rejected, evaluation, [asdict(problem) for problem in problems], count
            )
    if is_full(folder) or os.strerror(errno.ENOSPC) in ended.complaint:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    raise EvaluatorFailed(str(ended))


def _outcome(ended: EvaluatorExit) -> Result | Rejected | None:
    try:
        return read_outcome(ended.answer)
    except Rejected as rejection:
        return rejection
    except ValueError:
        return None
