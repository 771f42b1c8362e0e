"""Alarms of real processes: the worker stops and comes back, and the organisers are told once each."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter

import pytest
from django.conf import settings
from django.urls import reverse

from server.alarms.models import Alarm
from server.desk.models import WorkerHeartbeat
from tests import processes
from tests.mail_servers import mail_server
from tests.processes import eventually, site_of

pytestmark = [pytest.mark.both_setups, pytest.mark.django_db(transaction=True)]
QUICK = {"WATCH_SECONDS": 0.4, "HEARTBEAT_SECONDS": 0.4, "ALARM_AFTER_SECONDS": 4, "ALARM_FREE_DISK_MB": 0}


@pytest.fixture
def smtp():
    with mail_server() as server:
        yield server


@pytest.fixture
def quick(smtp) -> dict[str, object]:
    """The production settings, but for their times, and a mail server."""
    return QUICK | {"EMAIL_URL": f"smtp://127.0.0.1:{smtp.port}", "MAIL_FROM_WORKER": "true"}


@pytest.fixture
def start_web(folders, tmp_path, shown, quick):
    def start(number: int = 0):
        folder = tmp_path / f"web-{number}"
        folder.mkdir()
        return shown(site_of(folders, folder, **quick)).started()

    return start


def told(smtp) -> Counter:
    """How often each subject came to each organiser."""
    return Counter((mail["To"], mail["Subject"].removeprefix("[LID challenge] ")) for mail in smtp.mails)


def alive() -> bool:
    return WorkerHeartbeat.objects.filter(stopped_at=None).exists()


def readiness(web) -> tuple[int, dict]:
    try:
        with urllib.request.urlopen(f"{web.url}/readyz", timeout=10) as answer:  # noqa: S310  (our own address)
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_a_worker_that_stops_is_told_once_to_each_organiser_and_once_when_it_is_back(
    organiser, admin, alice, start_worker, start_web, smtp, quick, logged_in
):
    worker = start_worker(**quick)
    eventually(alive)
    first, _ = start_web(), start_web(1)  # whichever looks, one mails
    eventually(lambda: readiness(first)[0] == 200)
    os.kill(worker.pid, signal.SIGKILL)
    eventually(lambda: len(smtp.mails) == 2)
    time.sleep(2)
    title = "No worker is running"
    assert told(smtp) == {(user.email, title): 1 for user in (organiser, admin)}
    assert "Start a worker" in smtp.mails[0].get_content()
    desk = logged_in(organiser).get(reverse("desk:desk")).content.decode()
    assert title in desk
    status, parts = eventually(lambda: (found := readiness(first))[0] == 503 and found)
    assert (status, parts["workers"]) == (503, {"ok": False, "alive": 0})
    assert parts["database"] == parts["storage"] == parts["broker"] == {"ok": True}

    start_worker(**quick)
    eventually(lambda: len(smtp.mails) == 4)
    time.sleep(2)  # less than ALARM_AFTER_SECONDS: a slow start of its other jobs is no second alarm
    both = [(user.email, words) for user in (organiser, admin) for words in (title, f"Over: {title}")]
    assert told(smtp) == dict.fromkeys(both, 1)
    alarm = Alarm.objects.get(cause="workers")
    assert alarm.over_at > alarm.mailed_at >= alarm.since
    assert title in logged_in(organiser).get(reverse("desk:desk")).content.decode(), "the history"


def test_a_command_of_cron_looks_once_and_says_what_is_wrong(organiser, folders, quick, smtp):
    environment = processes.environment(folders, **quick | {"ALARM_AFTER_SECONDS": 60})

    def look() -> subprocess.CompletedProcess:
        command = [sys.executable, "-W", "ignore", "manage.py", "watch", "--once"]
        return subprocess.run(
            command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
        )

    WorkerHeartbeat.objects.create(name="here", started_at="2026-01-01T00:00Z")
    assert (look().returncode, told(smtp)) == (0, {})
    WorkerHeartbeat.objects.update(seen_at="2026-01-01T00:00Z")
    time.sleep(0.5)
    again = look()
    assert (again.returncode, "No worker is running" in again.stdout) == (1, True)
    assert told(smtp) == {(organiser.email, "No worker is running"): 1}


def test_a_worker_told_to_stop_says_so(start_worker, quick):
    worker = start_worker(**quick)
    eventually(alive)
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.process.wait(30) == 0
    assert not alive()
