"""Faults of the host, with real workers: no evaluation fails, one alert is sent, and scoring resumes by itself."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from server.outbox.models import OutboxEmail
from server.submissions.models import Evaluation, WorkerHost
from server.submissions.waiting import PAUSED, why_it_waits
from server.teams import services as teams
from tests.processes import eventually

pytestmark = [pytest.mark.both_setups, pytest.mark.django_db(transaction=True)]
TEAMS = 5


@pytest.fixture
def queue(organiser, person, submitted) -> list[Evaluation]:
    """One submission of each of five teams."""
    people = [person(f"Captain{number}") for number in range(TEAMS)]
    for user in people:
        teams.create_team(user=user, name=f"team {user.name}", affiliation="")
    return [submitted(user).evaluations.get() for user in people]


@contextmanager
def taken_away(path: Path):
    """A file is in the folder's place meanwhile: root may write everywhere, but not below a file."""
    aside = path.with_name(f"{path.name}-aside")
    path.mkdir(parents=True, exist_ok=True)
    path.rename(aside)
    path.touch()
    try:
        yield
    finally:
        path.unlink()
        aside.rename(path)


@contextmanager
def unmounted(folder: Path):
    """The folder is there and empty."""
    aside = folder.with_name(f"{folder.name}-aside")
    folder.rename(aside)
    folder.mkdir()
    try:
        yield
    finally:
        folder.rmdir()
        aside.rename(folder)


def is_paused() -> bool:
    return WorkerHost.objects.scoring_is_paused()


def alerts() -> list[str]:
    return list(OutboxEmail.objects.filter(kind="alert").values_list("subject", flat=True))


def healed(queue: list[Evaluation], seconds: float = 30) -> list[Evaluation]:
    """The evaluations once none waits; a failure where one is not scored, or an organiser was told twice."""
    waiting = Evaluation.objects.filter(state__in=["queued", "running"])
    eventually(lambda: not waiting.exists(), seconds)
    ended = list(Evaluation.objects.filter(pk__in=[each.pk for each in queue]))
    assert {(each.state, each.submission.slots.filter(returned_at=None).count()) for each in ended} == {
        ("scored", 1)
    }
    assert len(alerts()) <= 1
    return ended


@pytest.mark.parametrize("setting", ["WORK_DIR", "STATISTICS_DIR"])
def test_an_unwritable_folder_pauses_scoring_until_it_can_be_written(setting, queue, start_worker):
    with taken_away(getattr(settings, setting)):
        start_worker()
        eventually(is_paused)
        eventually(lambda: WorkerHost.objects.get().tries > 1)
        assert {why_it_waits(each) for each in Evaluation.objects.filter(state="queued")} == {PAUSED}
        assert len(alerts()) == 1
    ended = healed(queue)
    assert max(each.failures for each in ended) <= 1
    assert not is_paused()


def test_archives_that_are_away_pause_scoring_until_they_are_back(queue, start_worker):
    with unmounted(settings.ARCHIVES_DIR):
        start_worker()
        eventually(is_paused)
        assert "mounted" in WorkerHost.objects.get().last_error
    assert {each.failures for each in healed(queue)} == {0}
    assert len(alerts()) == 1


def test_archives_that_cannot_be_read_for_a_while_are_scored_afterwards(queue, start_worker):
    """As where a disk answers with errors: the folder is there, and each file in it fails."""
    paths = [each.submission.archive_path for each in queue]
    for path in paths:
        path.rename(path.with_suffix(".aside.zip"))
    start_worker()
    eventually(is_paused)
    for path in paths:
        path.with_suffix(".aside.zip").rename(path)
    assert sorted(each.failures for each in healed(queue)) == [0, 0, 1, 1, 1]
    assert len(alerts()) == 1


def test_too_little_memory_pauses_scoring_and_a_worker_with_enough_goes_on_at_once(queue, start_worker):
    poor = start_worker(EVALUATOR_MEMORY_MB=60, RETRY_SECONDS="1,600")
    eventually(is_paused)
    os.kill(poor.pid, 9)
    start_worker(RETRY_SECONDS="600")
    assert {each.failures for each in healed(queue)} == {0}
    assert len(alerts()) == 1


def test_one_archive_that_cannot_be_read_pauses_nothing(queue, start_worker, tmp_path):
    path = queue[0].submission.archive_path
    shutil.move(path, tmp_path / "aside")
    start_worker(RETRY_SECONDS="600")
    eventually(lambda: Evaluation.objects.filter(state="scored").count() == TEAMS - 1)
    waiting = Evaluation.objects.get(pk=queue[0].pk)
    assert (waiting.state, waiting.failures) == ("queued", 1)
    assert why_it_waits(waiting).startswith(
        "Waiting: the server failed to score it, and tries again by itself on "
    )
    shutil.move(tmp_path / "aside", path)
    Evaluation.objects.filter(pk=waiting.pk).update(not_before=timezone.now())  # ten minutes have passed
    healed(queue)
    assert alerts() == []
