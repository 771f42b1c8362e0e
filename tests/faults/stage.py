"""The stage of the faults: database, broker, web server and workers as real processes, and teams that submit."""

import hashlib
import json
import shutil
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.test.client import encode_multipart
from django.utils import timezone

from evaluator.contract import scorers
from server.accounts.models import User
from server.accounts.services import make_token
from server.evaluator_process import members_of, memory_of
from server.submissions.models import Evaluation, EvaluationEvent, Slot, Submission
from server.teams import services as teams
from server.tracks.lid2020 import seed
from server.tracks.management.commands import install_ground_truth
from server.tracks.models import Phase, Track
from server.tracks.services import publish
from tests import processes
from tests.faults.servers import Server
from tests.ground_truths import SAID, Truth, distinct, generated, write
from tests.processes import Process, Site, Worker, site_of

FINAL = {"scored", "rejected", "failed", "cancelled"}
LIMIT = 20
IMAGES = 1000  # about a second of scoring
HEALED_WITHIN = 240  # seconds, also on a machine that does ten other things; longer is stuck


@dataclass
class HandIn:
    """One archive that was sent, and what the server answered: 0 where the connection broke."""

    sha256: str  # of the predictions, as the oracle knows them; every submission adds a note of its own
    status: int = 0
    submission: str = ""
    seconds: float = 0.0


@dataclass
class Stage:
    """What stands, and what was done on it in the present round."""

    data: Path
    logs: Path
    phase: Phase
    poisoned: Phase  # whose rule is of another scorer than its pack, so that its evaluations fail
    archives: list[bytes]
    small: bool  # whether the data folder is a small file system, which can be filled
    postgres: Server | None = None
    redis: Server | None = None
    workers: list[Worker] = field(default_factory=list)
    web: Site | None = None
    submissions: list[HandIn] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)  # processes of killed workers
    spoilt: set[str] = field(default_factory=set)  # submissions that have to fail
    strays_allowed: int = 0  # archives kept just before a kill, which the sweep reports
    started: int = 0

    def new_round(self) -> None:
        """A new team on an empty volume, and web server and worker up whatever the last round left."""
        self._forget_the_last_round()
        self.submissions, self.seen, self.spoilt = [], set(), set()
        name = f"t{uuid.uuid4().hex[:12]}"
        user = User.objects.create_user(f"{name}@example.org", name=name)
        self.team = teams.create_team(user=user, name=name, affiliation="")
        self.token = make_token(user=user, label="faults", scope="submit", days=None)[1]
        self.workers = [worker for worker in self.workers if worker.process.poll() is None]
        if not self.workers:
            self.start_worker()
        if self.web is None or self.web.process.poll() is not None:
            self.start_web()

    def _forget_the_last_round(self) -> None:
        for model in (Slot, EvaluationEvent, Evaluation, Submission):
            model.objects.all().delete()
        for folder in ("archives", "statistics"):
            shutil.rmtree(self.data / folder, ignore_errors=True)
        self.strays_allowed = 0

    def start_worker(self, **variables: object) -> Worker:
        self.started += 1
        environment = processes.environment(self.data, **(_QUICK | variables))
        worker = Worker(self.logs, environment, number=self.started).started()
        self.workers.append(worker)
        return worker

    def start_web(self, **variables: object) -> Site:
        if self.web is not None:
            self.web.stop()
        self.web = site_of(self.data, self.logs, **(_QUICK | variables)).started()
        return self.web

    def end(self, process: Process, how: Callable[[], None]) -> None:
        """End a worker in some way, and note what was beneath it."""
        self.seen |= set(process.offspring())
        how()
        process.process.wait(30)

    def submit(self, times: int = 1, phase: Phase | None = None) -> list[HandIn]:
        archives = islice(cycle(self.archives), times)
        done = [self._submit(archive, phase or self.phase) for archive in archives]
        self.submissions += done
        return done

    def _submit(self, content: bytes, phase: Phase) -> HandIn:
        began, made = time.monotonic(), HandIn(hashlib.sha256(content).hexdigest())
        request = self._request(distinct(content), phase)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                made.status, made.submission = answer.status, json.load(answer)["id"]
        except urllib.error.HTTPError as refusal:
            made.status = refusal.code
            refusal.close()
        except OSError:
            made.status = 0
        made.seconds = time.monotonic() - began
        return made

    def _request(self, content: bytes, phase: Phase) -> urllib.request.Request:
        form = SAID | {"phase": str(phase.pk), "archive": SimpleUploadedFile("r.zip", content)}
        body = encode_multipart("frontier", form)
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "multipart/form-data; boundary=frontier",
        }
        return urllib.request.Request(f"{self.web.url}/api/v1/submissions/", body, headers)  # noqa: S310

    def board(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.web.url}/api/v1/phases/{self.phase.pk}/leaderboard/") as answer:  # noqa: S310
            return json.load(answer)["rows"]

    def evaluations(self) -> list[Evaluation]:
        """Those of this round's accepted submissions."""
        mine = [submit.submission for submit in self.submissions if submit.submission]
        return list(Evaluation.objects.filter(submission__in=mine).select_related("submission"))

    def under_way(self) -> Worker:
        """The worker that is scoring now, once one is."""
        return eventually(lambda: next((worker for worker in self.workers if worker.evaluator()), None))

    def summary(self) -> str:
        close_old_connections()
        answers = [submit.status for submit in self.submissions]
        return f"answers {answers}, states {[evaluation.state for evaluation in self.evaluations()]}"

    def is_tidy(self) -> bool:
        """Whether no work folder is left, also none of a killed worker."""
        return not any(settings.WORK_DIR.glob("*"))

    def used_by(self, process: Process) -> tuple[int, int]:
        """Megabytes that it and its offspring fill, and their open files."""
        family = [process.pid, *process.offspring()]
        files = sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in family)
        return memory_of(members_of(process.pid)) // 1024**2, files

    def all_ended(self, but: HandIn | None = None) -> bool:
        awaited = [one for one in self.evaluations() if but is None or str(one.submission_id) != but.submission]
        return all(evaluation.state in FINAL for evaluation in awaited)


_QUICK = {
    "SWEEP_SECONDS": 0.5,
    "DISK_RESERVE_MB": 0,
    "DISK_RESERVE_PERCENT": 0,
    "LEASE_SECONDS": 3,
    "RETRY_SECONDS": "0.5,1,2",
    "EVALUATOR_MEMORY_MB": 1024,
    "PYTHONWARNINGS": "ignore",
}


def eventually(condition: Callable[[], Any], seconds: float = HEALED_WITHIN) -> Any:
    """The condition's first true value, however often the database is away meanwhile."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if value := condition():
                return value
        except (OperationalError, InterfaceError):
            close_old_connections()
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.1)


@contextmanager
def stage(logs: Path, postgres: Server | None, redis: Server | None, *, small: bool) -> Iterator[Stage]:
    """Ground truth, an open phase and its archives; what was started is stopped afterwards."""
    track = next(track for track in seed() if track.slug == "localization")
    truth = _install(track, logs)
    archives = [truth.guessed(skill) for skill in (0.6, 0.9)]
    good, poisoned = _open_phase(track, "test"), _open_phase(track, "val")
    _publish_what_cannot_be_scored(truth)
    set_up = Stage(settings.DATA_DIR, logs, good, poisoned, archives, small, postgres, redis)
    with ExitStack() as ends:
        ends.callback(connection.close)
        ends.callback(lambda: [process.stop() for process in [*set_up.workers, set_up.web] if process])
        yield set_up


def _install(track: Track, folder: Path) -> Truth:
    split = generated(track.slug, "test", IMAGES)
    write(split, folder / "pictures")
    row = install_ground_truth.install(track, "test", folder / "pictures", {})
    return Truth(split, row, publish(row))


def _open_phase(track: Track, split: str) -> Phase:
    an_hour_ago = timezone.now() - timedelta(hours=1)
    facts = {"slug": f"faults-{split}", "title": split, "limit": LIMIT, "opens_at": an_hour_ago}
    return Phase.objects.create(track=track, split=split, **facts)


def _publish_what_cannot_be_scored(truth: Truth) -> None:
    """The pack is for another scorer than the rule, so that the evaluator refuses it each time."""
    rule = copy(truth.rule)
    rule.pk, rule.split, rule.number = None, "val", rule.number + 1
    other = next(scorer for scorer in scorers().values() if scorer.name != rule.scorer)
    rule.scorer, rule.scorer_version = other.name, other.version
    rule.save(force_insert=True)
