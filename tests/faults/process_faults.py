"""The faults of what we start ourselves: the evaluator, the worker, the web server."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

from server.submissions.models import Evaluation, Submission
from tests.faults.fault import fault, some_time
from tests.faults.stage import Stage, eventually

# The evaluator and the worker


@fault("evaluator killed")
def evaluator_killed(stage: Stage) -> None:
    stage.submit(2)
    stage.under_way()
    some_time()
    for worker in stage.workers:
        if pid := worker.evaluator():
            os.kill(pid, signal.SIGKILL)


@fault("worker killed")
def worker_killed(stage: Stage) -> None:
    stage.submit(2)
    worker = stage.under_way()
    some_time()
    stage.end(worker, lambda: os.killpg(worker.pid, signal.SIGKILL))
    stage.start_worker()


@fault("worker's main process killed")
def main_process_killed(stage: Stage) -> None:
    stage.submit(2)
    worker = stage.under_way()
    some_time()
    worker.process.send_signal(signal.SIGKILL)  # its pool and the evaluator have to see by themselves
    worker.process.wait(30)
    stage.start_worker()


@fault("worker and evaluator killed")
def both_killed(stage: Stage) -> None:
    stage.submit(2)
    worker = stage.under_way()
    some_time()
    stage.end(worker, lambda: [os.kill(pid, signal.SIGKILL) for pid in [*worker.offspring(), worker.pid]])
    stage.start_worker()


@fault("worker told to stop")
def worker_told_to_stop(stage: Stage) -> None:
    stage.submit(3)
    worker = stage.under_way()
    some_time()
    stage.end(worker, lambda: worker.process.send_signal(signal.SIGTERM))
    failures = sum(evaluation.failures for evaluation in stage.evaluations())
    assert failures == 0, "an orderly end counts as no failure"
    stage.start_worker()


@fault("worker frozen past its lease")
def worker_frozen(stage: Stage) -> None:
    stage.submit(1)
    frozen = stage.under_way()
    os.killpg(frozen.pid, signal.SIGSTOP)
    try:
        stage.start_worker()
        eventually(stage.all_ended)
    finally:
        os.killpg(frozen.pid, signal.SIGCONT)
    stage.submit(1)
    time.sleep(1)  # for the late write, which must be refused
    stage.end(frozen, lambda: os.killpg(frozen.pid, signal.SIGKILL))


@fault("two workers race")
def two_workers(stage: Stage) -> None:
    other = stage.start_worker()
    stage.submit(6)
    eventually(stage.all_ended)
    assert {evaluation.fence for evaluation in stage.evaluations()} == {1}, "each is claimed once"
    stage.end(other, lambda: other.process.send_signal(signal.SIGTERM))


@fault("worker killed between score and record")
def killed_before_the_record(stage: Stage) -> None:
    for worker in stage.workers:
        stage.end(worker, worker.stop)
    doomed = stage.start_worker(LID_FAILPOINTS=1, FAILPOINTS="scored_not_recorded:kill")
    stage.submit(2)
    eventually(
        lambda: Evaluation.objects.filter(submission=stage.submissions[0].submission, failures__gt=0).exists()
    )
    stage.end(doomed, lambda: os.killpg(doomed.pid, signal.SIGKILL))
    stage.start_worker()


# The web server


def web_killed_at(stage: Stage, point: str) -> None:
    stage.start_web(LID_FAILPOINTS=1, FAILPOINTS=f"{point}:kill")
    unanswered = stage.submit(1)[0]
    assert unanswered.status in {0, 502}, f"answered {unanswered.status} though it was killed"
    stage.strays_allowed += 1  # the archive was kept just before
    stage.start_web()
    stage.submit(1)


@fault("web killed before commit")
def web_killed_before_commit(stage: Stage) -> None:
    web_killed_at(stage, "before_commit")
    assert Submission.objects.filter(team=stage.team).count() == 1


@fault("web killed after commit")
def web_killed_after_commit(stage: Stage) -> None:
    web_killed_at(stage, "after_commit")
    assert Submission.objects.filter(team=stage.team).count() == 2


@fault("web killed at a random moment")
def web_killed(stage: Stage) -> None:
    with ThreadPoolExecutor(1) as sender:
        sending = sender.submit(stage.submit, 3)
        some_time(0.5)
        os.killpg(stage.web.pid, signal.SIGKILL)
        stage.strays_allowed += 1
        sending.result(90)
    stage.start_web()
    stage.submit(1)
