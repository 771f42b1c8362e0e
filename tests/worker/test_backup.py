"""A backup taken while submissions arrive, restored elsewhere: every row has its file, and boards are equal."""

import importlib
import json
import os
import subprocess
import sys
import threading
from contextlib import closing, contextmanager

import psycopg2
import pytest
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from server.submissions.models import Evaluation, Submission
from server.tracks.models import Phase
from tests import processes
from tests.processes import eventually

pytestmark = [pytest.mark.both_setups, pytest.mark.django_db(transaction=True)]
ARRIVING = 8
# Files say when they were made: at one moment for both servers.
BOARD = """
import json, sys, django; django.setup()
from datetime import datetime
from unittest.mock import patch
from django.test import Client
client, moment = Client(headers={"host": "localhost"}), datetime.fromisoformat(sys.argv[1])
with patch("django.utils.timezone.now", lambda: moment):
    answers = [client.get(path) for path in sys.argv[2:]]
assert {answer.status_code for answer in answers} == {200}, answers
print(json.dumps([answer.content.decode() for answer in answers]))
"""
ROWS = """
import json, django; django.setup()
from server.outbox.models import EmailHold, OutboxEmail
from server.submissions.models import Evaluation
states = list(Evaluation.objects.values_list("submission__pk", "state", "scores"))
sent = OutboxEmail.objects.exclude(sent_at=None).count()
print(json.dumps([states, EmailHold.objects.count(), sent], default=str))
"""


@pytest.fixture
def run(folders):
    """Run a Python program beside the server: `run("manage.py", "backup", folder)`; its output."""

    def do(*arguments: object, code: int = 0, **variables: object) -> str:
        environment = processes.environment(folders, **variables) | {"DJANGO_SETTINGS_MODULE": "server.settings"}
        if connection.vendor == "postgresql":
            environment["PATH"] = f"{find_servers().find_postgres()}{os.pathsep}{environment['PATH']}"
        command = [sys.executable, "-W", "ignore", *map(str, arguments)]
        done = subprocess.run(
            command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    return do


def find_servers():
    """The module that knows where PostgreSQL is."""
    sys.path.insert(0, str(settings.BASE_DIR / "tools"))
    try:
        return importlib.import_module("find_servers")
    finally:
        sys.path.pop(0)


@contextmanager
def elsewhere(folder):
    """Another server: empty folders and an empty database."""
    places = {"DATA_DIR": folder, "GROUND_TRUTH_DIR": folder / "gt", "GROUND_TRUTH_DRAFTS_DIR": folder / "drafts"}
    if connection.vendor == "sqlite":
        yield places | {"DATABASE_URL": f"sqlite:///{folder}/lid.sqlite3"}
        return
    name = f"elsewhere_{os.getpid()}_{folder.name}"
    given = connection.get_connection_params()
    login = {key: given[key] for key in ("user", "password", "host", "port") if given.get(key)}
    with closing(psycopg2.connect(dbname="postgres", **login)) as server:
        server.autocommit = True
        server.cursor().execute(f'CREATE DATABASE "{name}"')
        try:
            yield places | {"DATABASE_URL": f"{processes.database_url().rpartition('/')[0]}/{name}"}
        finally:
            server.cursor().execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_a_backup_under_load_is_whole_elsewhere(run, start_worker, submitted, alice, charlie, phase, tmp_path):
    Phase.objects.update(limit=2 * ARRIVING)
    worker = start_worker()

    def arrive() -> None:
        for number in range(ARRIVING):
            submitted((alice, charlie)[number % 2])
        connections.close_all()

    arriving = threading.Thread(target=arrive)
    arriving.start()
    eventually(lambda: Submission.objects.count() > 0)
    run("manage.py", "backup", tmp_path / "under_load")
    arriving.join()
    (backup,) = (tmp_path / "under_load").iterdir()
    eventually(lambda: Evaluation.objects.filter(state="scored").count() == ARRIVING, 60)
    worker.stop()
    with elsewhere(tmp_path / "one") as there:
        said = run("manage.py", "restore", backup, **there)
        rows, holds, mailed_before = json.loads(run("-c", ROWS, **there))
        assert len(rows) >= 1
        assert holds == 1
        assert f"Restored. {len(rows) + sum(state == 'scored' for _, state, _ in rows) + 1} files" in said
        finisher = start_worker(**there, EMAIL_URL=f"filemail:///{tmp_path}/mails")
        finished = eventually(lambda: all_scored(json.loads(run("-c", ROWS, **there))), 60)
        finisher.stop()
        scores = {str(key): metrics for key, metrics in Evaluation.objects.values_list("submission", "scores")}
        assert {key: metrics for key, _, metrics in finished[0]} == {key: scores[key] for key, _, _ in rows}
        assert finished[2] == mailed_before  # nobody was mailed
        assert not (tmp_path / "mails").exists()


def all_scored(found):
    return found if {state for _, state, _ in found[0]} == {"scored"} else None


def test_boards_are_equal_to_the_byte_after_a_move(run, start_worker, submitted, alice, charlie, phase, tmp_path):
    worker = start_worker(INTERVALS_AFTER_SECONDS=0.2)
    for user in (alice, charlie, alice):
        submitted(user)
    eventually(lambda: Evaluation.objects.filter(state="scored").count() == 3, 60)
    worker.stop()
    run("manage.py", "backup", tmp_path / "backups")
    (backup,) = (tmp_path / "backups").iterdir()
    page = phase.get_absolute_url()
    boards = [page, f"{page}export.csv", f"{page}export.json"]
    moment = timezone.now().isoformat()
    before = run("-c", BOARD, moment, *boards)
    with elsewhere(tmp_path / "moved") as there:
        run("manage.py", "restore", backup, **there)
        assert run("-c", BOARD, moment, *boards, **there) == before


def test_a_trial_beside_the_server_finds_a_damaged_archive_and_leaves_nothing(run, submitted, alice, tmp_path):
    whole, damaged = submitted(alice), submitted(alice)
    damaged.archive_path.write_bytes(b"PK broken")
    run("manage.py", "backup", tmp_path / "backups")
    (backup,) = (tmp_path / "backups").iterdir()
    (tmp_path / "scratch").mkdir()
    said = run("manage.py", "restore", "--check", backup, code=1, TMPDIR=tmp_path / "scratch")
    assert "Restored. 3 files" in said
    assert f"Missing or damaged: submission {damaged.pk}" in said
    assert str(whole.pk) not in said
    assert list((tmp_path / "scratch").iterdir()) == []
