"""Cleanup: leftovers are removed, files and rows without each other reported; several sweeps do no harm."""

import os
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from server.leases import this_process, work_name
from server.submissions import cleanup, self_check, sweep, transitions
from server.submissions.models import Evaluation
from server.tracks import packing
from server.tracks.models import GroundTruth
from server.tracks.services import draft_ground_truth
from tests.lost_leases import expire_lease

HOURS = 3600


def aged(path, seconds: float = 2 * HOURS):
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


@pytest.fixture
def scored(submitted, alice, folders) -> Evaluation:
    submitted(alice)
    claimed = transitions.claim("one")
    (folders / "counts").touch()
    assert transitions.record_scored(claimed, {"mean_iou": 0.5}, [], folders / "counts")
    return claimed


def made(folder):
    folder.mkdir(parents=True)
    (folder / "stdout").touch()
    return aged(folder)


@pytest.mark.django_db
def test_an_upload_without_progress_for_an_hour_goes_and_a_younger_one_stays(settings):
    incoming = settings.ARCHIVES_DIR / "incoming"
    incoming.mkdir(parents=True)
    old, new = incoming / "old.part", incoming / "new.part"
    old.touch()
    new.touch()
    aged(old)
    assert cleanup.remove_stale() == [old]
    assert list(incoming.iterdir()) == [new]


@pytest.mark.django_db
def test_sessions_that_ended_go_and_the_others_stay():
    for key, days in (("ended", -1), ("lasting", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + timedelta(days))
    cleanup.remove_stale()
    assert [session.session_key for session in Session.objects.all()] == ["lasting"]


@pytest.mark.django_db
def test_only_the_holder_of_the_lease_keeps_its_work_folder(settings, submitted, alice):
    submitted(alice)
    name = work_name(transitions.claim("one"))
    mine, lost, unknown = (made(settings.WORK_DIR / name) for name in (name, f"{name[:-1]}0", "what is this"))
    assert cleanup.remove_stale() == sorted([lost, unknown])
    assert list(settings.WORK_DIR.iterdir()) == [mine]


@pytest.mark.django_db
def test_half_a_pack_goes_once_its_draft_is_no_longer_held(settings, tracks, tmp_path):
    facts = {"track": tracks["segmentation"], "split": "val", "options": {}, "publish": False}
    name = work_name(packing.claim(draft_ground_truth(source=tmp_path, **facts)))
    settings.GROUND_TRUTH_DIR.mkdir(parents=True)
    held, lost = (settings.GROUND_TRUTH_DIR / f"{name[:-1]}{fence}.part" for fence in (1, 0))
    for file in (held, lost):
        file.touch()
        aged(file)
    assert cleanup.remove_stale() == [lost]
    assert held.exists()


@pytest.mark.django_db
def test_a_work_folder_younger_than_a_lease_stays(settings, submitted, alice):
    key = submitted(alice).evaluations.get().pk
    young = made(settings.WORK_DIR / f"submissions.evaluation-{key}-1")
    aged(young, 1)
    assert cleanup.remove_stale() == []
    assert young.exists()


@pytest.mark.django_db
def test_a_row_without_its_file_and_a_file_without_its_row_are_reported_and_left(scored, settings, capsys):
    call_command("sweep")
    stray = settings.ARCHIVES_DIR / "stray.zip"
    stray.touch()
    aged(stray)
    scored.submission.archive_path.unlink()
    with pytest.raises(SystemExit) as end:
        call_command("sweep")
    assert end.value.code == 1
    said = capsys.readouterr().out
    assert f"File without a row: {stray}" in said
    assert f"Row without a file: submission {scored.submission.pk}" in said
    assert stray.exists()


@pytest.mark.django_db
@pytest.mark.both_setups
def test_the_sweep_says_what_waits_and_what_was_lost(submitted, alice, monkeypatch):
    monkeypatch.setattr(sweep.work, "apply_async", lambda **_: None)
    for _ in range(3):
        submitted(alice)
    expire_lease(transitions.claim("one"))
    swept = sweep.sweep(room=2)
    assert (swept.waiting, swept.lease_ran_out, swept.wakeups) == (3, 1, 2)


@pytest.mark.both_setups
@pytest.mark.django_db(transaction=True)
def test_four_sweepers_at_once_change_nothing_that_one_would_not(submitted, alice, settings, monkeypatch):
    monkeypatch.setattr(sweep.work, "apply_async", lambda **_: None)
    submitted(alice)
    folders = [made(settings.WORK_DIR / f"left-{number}") for number in range(20)]

    def once(_: int) -> sweep.Swept:
        try:
            cleanup.remove_stale()
            return sweep.sweep(room=1)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as sweepers:
        found = list(sweepers.map(once, range(4)))
    assert {swept.waiting for swept in found} == {1}
    assert not any(folder.exists() for folder in folders)
    assert Evaluation.objects.get().events.count() == 1


@pytest.mark.django_db
def test_what_is_served_and_should_not_be_is_reported(scored, truth, settings, tmp_path, capsys):
    call_command("sweep")
    static = tmp_path / "static" / "css"
    static.mkdir(parents=True)
    settings.STATIC_ROOT = static.parent
    pack = GroundTruth.objects.get().pack_path
    planted = {
        static / "lid.css": pack,
        settings.PUBLIC_DIR / "data.zip": scored.submission.archive_path,
        settings.PUBLIC_DIR / "truth.png": None,
    }
    for leak, source in planted.items():
        leak.write_bytes(source.read_bytes() if source else b"PNG")
        aged(leak)
    with pytest.raises(SystemExit) as end:
        call_command("sweep")
    said = capsys.readouterr().out
    assert end.value.code == 1
    assert f"{static / 'lid.css'} is ground truth" in said
    assert f"{settings.PUBLIC_DIR / 'data.zip'} is a submitted archive" in said
    assert f"{settings.PUBLIC_DIR / 'truth.png'} is neither" in said
    assert said.count("Public, but must not be") == 3


@pytest.mark.django_db
def test_the_folder_of_a_self_check_is_removed_once_its_process_is_gone(settings):
    ours = made(settings.WORK_DIR / f"{self_check.PREFIX}{this_process()}")
    ended = subprocess.Popen(["true"])
    ended.wait()
    lost = made(settings.WORK_DIR / f"{self_check.PREFIX}{socket.gethostname()}:{ended.pid}")
    assert cleanup.remove_stale() == [lost]
    assert ours.exists()
