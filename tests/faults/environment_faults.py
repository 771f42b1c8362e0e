"""The faults of what we stand on: the broker, the database, the disk, and files that change or crash."""

import os
import random
import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from django.db import connection

from server.submissions.models import Submission
from server.submissions.tasks import work
from tests.faults.fault import NotHere, fault, some_time
from tests.faults.servers import Server, client_of
from tests.faults.stage import Stage, eventually


def redis_of(stage: Stage) -> Server:
    if stage.redis is None:
        raise NotHere("there is no Redis in the embedded set-up")
    return stage.redis


# The broker


@fault("ten times the wake-ups")
def hints_tenfold(stage: Stage) -> None:
    redis_of(stage)
    stage.submit(2)
    for _ in range(10):
        work.apply_async(retry=False)


@fault("broker refuses")
def broker_refuses(stage: Stage) -> None:
    redis = redis_of(stage)
    redis.kill()
    stage.submit(2)
    some_time(2)
    redis.start(redis.folder)


@fault("broker hangs")
def broker_hangs(stage: Stage) -> None:
    redis = redis_of(stage)
    redis.pause()
    try:
        with ThreadPoolExecutor(4) as senders:
            list(senders.map(lambda _: stage.submit(1), range(4)))
        slowest = max(submit.seconds for submit in stage.submissions)
        assert slowest < 3, f"a submission took {slowest:.1f} s while the broker hung"
    finally:
        redis.resume()


@fault("broker emptied")
def broker_emptied(stage: Stage) -> None:
    redis = redis_of(stage)
    stage.submit(6)
    some_time()
    client_of(redis.folder).flushall()


@fault("broker restarted five times")
def broker_restarted(stage: Stage) -> None:
    redis = redis_of(stage)
    for _ in range(5):
        stage.submit(1)
        some_time(0.5)
        redis.restart(random.choice([signal.SIGTERM, signal.SIGKILL]), pause=random.uniform(0, 1))


# The database


@fault("database restarted")
def database_restarted(stage: Stage) -> None:
    if stage.postgres is None:
        raise NotHere("SQLite has no server to restart")
    stage.submit(2)
    stage.under_way()
    some_time()
    stage.postgres.restart(signal.SIGQUIT, pause=random.uniform(0, 2))  # as `pg_ctl restart -m immediate` does
    connection.close()  # ours
    stage.submit(1)


@fault("database locked")
def database_locked(stage: Stage) -> None:
    if stage.postgres is not None:
        raise NotHere("PostgreSQL locks no whole database")
    stage.submit(2)
    stage.under_way()
    some_time()
    holder = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        time.sleep(float(os.environ.get("LID_LOCK_SECONDS", "30")))
    finally:
        holder.rollback()
        holder.close()


# Disks and files


def full_disk(stage: Stage) -> Path:
    """Fill the data folder to its last byte; the file to remove is returned."""
    if not stage.small:
        raise NotHere("only root may mount a small file system")
    filler = stage.data / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(64 * 1024)):
            pass
    return filler


@fault("disk full at scoring")
def disk_full_at_scoring(stage: Stage) -> None:
    stage.submit(2)
    stage.under_way()
    some_time(0.5)
    filler = full_disk(stage)
    time.sleep(4)
    failures = {evaluation.failures for evaluation in stage.evaluations()}
    filler.unlink()
    assert failures == {0}, "a full disk is no failure of the evaluation"


@fault("disk full at upload")
def disk_full_at_upload(stage: Stage) -> None:
    filler = full_disk(stage)
    try:
        refused = stage.submit(1)[0]
        assert refused.status == 507, f"answered with {refused.status} on a full disk"
        assert not list((stage.data / "archives" / "incoming").glob("*")), "a .part was left"
    finally:
        filler.unlink()
    stage.submit(1)


@fault("bit rot")
def bit_rot(stage: Stage) -> None:
    for worker in stage.workers:
        os.killpg(worker.pid, signal.SIGSTOP)  # so that the archive is not read before it rots
    try:
        rotten = stage.submit(1)[0]
        archive = Submission.objects.get(pk=rotten.submission).archive_path
        content = bytearray(archive.read_bytes())
        content[random.randrange(len(content))] ^= 1
        archive.write_bytes(content)
    finally:
        for worker in stage.workers:
            os.killpg(worker.pid, signal.SIGCONT)
    stage.spoilt.add(rotten.submission)
    stage.submit(1)


@fault("poison first in the queue")
def poison_first(stage: Stage) -> None:
    """The first one always crashes its evaluator; it goes to FAILED, and the others do not wait for it."""
    for worker in stage.workers:
        os.killpg(worker.pid, signal.SIGSTOP)
    try:
        poison = stage.submit(1, stage.poisoned)[0]
        stage.submit(3)
    finally:
        for worker in stage.workers:
            os.killpg(worker.pid, signal.SIGCONT)
    stage.spoilt.add(poison.submission)
    eventually(lambda: stage.all_ended(but=poison))
    ended = {str(evaluation.submission_id): evaluation.finished_at for evaluation in stage.evaluations()}
    given_up = ended.pop(poison.submission)  # None while it is tried again
    assert given_up is None or max(ended.values()) < given_up, "the good ones waited for the poison"
