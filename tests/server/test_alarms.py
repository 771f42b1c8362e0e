"""Alarms: each cause is found, mailed once an hour while it lasts, and once when it is over."""

import json
import os
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.core import mail
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone

from server.alarms.models import Alarm
from server.alarms.services import raise_alarm
from server.desk import heartbeats, readiness
from server.desk.causes import causes_now
from server.desk.database_alarm import DatabaseAlarm
from server.desk.heartbeats import Heart
from server.desk.models import Watch, WorkerHeartbeat
from server.desk.watch import Watchman
from server.outbox.models import OutboxEmail
from server.outbox.services import enqueue_email
from server.submissions import transitions
from server.submissions.models import Evaluation, WorkerHost

pytestmark = [pytest.mark.django_db, pytest.mark.both_setups]
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def all_is_well(db, settings):
    settings.ALARM_FREE_DISK_MB = 0
    Heart("celery@here").beat()


@pytest.fixture
def look():
    """Look as a process does whose turn it is."""

    def at_once() -> Counter:
        Watch.objects.update(not_before=timezone.now() - MINUTE)
        assert Watchman(just_started=False).look()
        return Counter(message.subject.removeprefix("[LID challenge] ") for message in mail.outbox)

    return at_once


def workers_are_gone() -> None:
    WorkerHeartbeat.objects.update(seen_at=timezone.now() - 3 * MINUTE)


def later(by: timedelta) -> None:
    """As if all that was noted had been so much earlier."""
    for alarm in Alarm.objects.all():
        Alarm.objects.filter(pk=alarm.pk).update(
            mailed_at=alarm.mailed_at and alarm.mailed_at - by, since=alarm.since - by
        )


def causes() -> set[str]:
    return {cause.key for cause in causes_now()}


# Mails


def test_a_cause_is_mailed_once_an_hour_while_it_lasts_and_once_when_it_is_over(organiser, look):
    workers_are_gone()
    title = "No worker is running"
    assert look() == look() == {title: 1}
    later(HOUR / 2)
    assert look() == {title: 1}
    later(HOUR / 2)
    assert look() == {title: 2}
    Heart("celery@here").beat()
    assert look() == look() == {title: 2, f"Over: {title}": 1}
    alarm = Alarm.objects.get()
    assert alarm.over_at is not None
    assert "after 1 h 0 min" in mail.outbox[-1].body
    assert "/organisers/" in mail.outbox[-1].body


def test_a_cause_that_comes_and_goes_is_mailed_once_an_hour(organiser, look):
    for _ in range(3):
        workers_are_gone()
        look()
        Heart("celery@here").beat()
        look()
    title = "No worker is running"
    assert look() == {title: 1, f"Over: {title}": 1}
    assert Alarm.objects.filter(cause="workers").count() == 3


def test_one_that_was_not_mailed_is_once_the_hour_is_over(organiser, look):
    Alarm.objects.create(cause="workers", title="a", text="b", mailed_at=timezone.now(), over_at=timezone.now())
    workers_are_gone()
    assert look() == {}
    later(HOUR)
    assert look() == {"No worker is running": 1}


def test_many_failures_are_one_alarm_and_each_organiser_gets_one_mail(organiser, admin, submitted, alice, look):
    for _ in range(5):
        submitted(alice)
        assert transitions.fail(transitions.claim("a worker"), "the disk broke")
    told = OutboxEmail.objects.filter(kind="alert")
    assert {mail.recipient for mail in told} == {organiser.email, admin.email}
    assert told.count() == 2
    subjects = look()
    assert subjects == {"A submission of alices could not be scored": 2}
    Evaluation.objects.update(finished_at=timezone.now() - HOUR)
    assert look() == subjects + Counter({"Over: A submission of alices could not be scored": 2})


def test_a_paused_host_is_over_when_it_scores_again(organiser, look):
    WorkerHost.objects.create(name="gpu-1", paused_at=timezone.now(), last_error="no memory")
    assert look() == {"Scoring is paused on gpu-1": 1}
    WorkerHost.objects.update(paused_at=None)
    assert look()["Over: Scoring is paused on gpu-1"] == 1


def test_what_a_worker_raises_while_the_watch_looks_is_not_over(organiser, look, monkeypatch):
    def raised_meanwhile(*_):
        raise_alarm("paused gpu-1", "Scoring is paused on gpu-1", "no memory")
        return []

    monkeypatch.setattr("server.desk.watch.causes_now", raised_meanwhile)
    look()
    assert Alarm.objects.lasting().count() == 1


def test_the_alarm_leaves_although_nobody_else_sends_mails_and_nothing_else_does(organiser, alice, look):
    enqueue_email(alice, "scored", "a", "It was scored", "Well done.")
    workers_are_gone()
    assert look() == {"No worker is running": 1}
    assert OutboxEmail.objects.get(kind="scored").tries == 0


# Who looks


def test_of_several_processes_one_looks_as_often_as_it_is_due():
    first, second = Watchman(), Watchman()
    assert (first.look(), second.look(), first.look()) == (True, False, False)
    Watch.objects.update(not_before=timezone.now() - MINUTE)
    assert (second.look(), first.look()) == (True, False)


def test_one_that_was_killed_while_it_looked_is_replaced():
    Watch.objects.create(pk=1, lease_until=timezone.now() + MINUTE)
    assert not Watchman().look()
    Watch.objects.update(lease_until=timezone.now() - MINUTE)
    assert Watchman().look()


def test_a_process_that_has_just_started_waits_for_workers_that_start_with_it(look):
    WorkerHeartbeat.objects.all().delete()
    assert causes() == {"workers"}
    assert causes_now(watching_since=timezone.now()) == []
    assert [each.key for each in causes_now(watching_since=timezone.now() - 2 * MINUTE)] == ["workers"]


# Causes


def test_all_is_well():
    assert causes() == set()


@pytest.mark.parametrize(("minutes", "expected"), [(59, set()), (61, {"waiting"})])
def test_submissions_that_wait_too_long(submitted, alice, minutes, expected):
    submitted(alice)
    Evaluation.objects.update(queued_at=timezone.now() - minutes * MINUTE)
    assert causes() == expected
    workers_are_gone()
    assert causes() == {"workers"}, "that is why they wait"


def test_what_was_run_again_waits_from_then_on(submitted, alice, organiser):
    evaluation = submitted(alice).evaluations.get()
    assert transitions.fail(transitions.claim("a worker"), "the disk broke")
    Evaluation.objects.update(queued_at=timezone.now() - 9 * HOUR, finished_at=timezone.now() - 8 * HOUR)
    evaluation.refresh_from_db()
    assert transitions.run_again(evaluation, by=organiser)
    assert causes() == set()


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, set()),
        ({"not_before": -16 * MINUTE}, {"mail unsent"}),
        ({"not_before": MINUTE, "tries": 2, "last_error": "refused"}, set()),
        ({"not_before": MINUTE, "tries": 3, "last_error": "refused"}, {"mail refused"}),
        ({"not_before": MINUTE, "tries": 30, "last_error": "refused"}, set()),  # given up: it stands on the desk
    ],
)
def test_mails_that_do_not_leave(alice, facts, expected):
    enqueue_email(alice, "scored", "a", "It was scored", "Well done.")
    now = timezone.now()
    OutboxEmail.objects.update(**facts | {"not_before": now + facts.get("not_before", MINUTE)})
    assert causes() == expected


def test_a_disk_that_only_a_worker_sees_is_full_for_all(settings, monkeypatch):
    settings.ALARM_FREE_DISK_MB = 1000
    monkeypatch.setattr(heartbeats, "free_bytes", lambda _: 5 * 10**9)
    assert causes() == set()
    WorkerHeartbeat.objects.update(volumes={"GROUND_TRUTH_DIR": 10**6})
    (cause,) = causes_now()
    assert (cause.key, "0.0 GB are free" in cause.text) == ("disk GROUND_TRUTH_DIR", True)


def test_a_folder_that_cannot_be_written(settings):
    settings.ARCHIVES_DIR.parent.mkdir(exist_ok=True, parents=True)
    settings.ARCHIVES_DIR.write_text("a file in its place")
    assert causes() == {"storage"}


def test_a_backup_that_is_too_old(settings, tmp_path):
    backup = tmp_path / "last_backup"
    settings.BACKUP_PATH = str(backup)
    assert causes() == {"backup"}
    backup.touch()
    assert causes() == set()
    os.utime(backup, (time.time() - 27 * 3600,) * 2)
    assert causes() == {"backup"}


def test_a_broker_that_does_not_answer(settings):
    settings.EMBEDDED, settings.CELERY_BROKER_URL = False, "redis://:secret@127.0.0.1:1/0"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1}
    (cause,) = causes_now()
    assert (cause.key, "secret" in cause.text) == ("broker", False)


# Without the database


def test_a_database_that_stays_away_is_mailed_once_by_all_processes_and_once_when_it_is_back(
    organiser, settings, monkeypatch, look
):
    settings.ALARM_AFTER = timedelta(0)
    here, there = DatabaseAlarm(), DatabaseAlarm()
    for process in (here, there):
        process.database_answers()
    for process in (here, there, here):
        process.database_fails(OperationalError("password=secret"))
    assert [(each.subject, each.to) for each in mail.outbox] == [
        ("[LID challenge] The database cannot be reached", [organiser.email])
    ]
    assert "secret" not in mail.outbox[0].body
    for process in (there, here):
        process.database_answers()
    alarm = Alarm.objects.get(cause="database")
    assert alarm.over_at >= alarm.since
    settings.ALARM_AFTER = timedelta(seconds=80)
    assert look()["Over: The database cannot be reached"] == 1


def test_a_database_that_restarts_is_no_alarm(organiser):
    alarm = DatabaseAlarm()
    alarm.database_answers()
    alarm.database_fails(OperationalError())
    alarm.database_answers()
    assert mail.outbox == []
    assert not Alarm.objects.exists()


# /readyz


@pytest.fixture
def ask(client, monkeypatch):
    def fresh() -> tuple[int, dict]:
        monkeypatch.setattr(readiness, "_kept", (0.0, {}))
        answer = client.get(reverse("readyz"))
        return answer.status_code, json.loads(answer.content)

    return fresh


def test_readiness_names_each_part_and_the_age_of_the_oldest(ask, submitted, alice):
    status, parts = ask()
    assert (status, parts.pop("ready")) == (200, True)
    assert parts["waiting"] == {"ok": True, "count": 0, "oldest_seconds": None}
    submitted(alice)
    Evaluation.objects.update(queued_at=timezone.now() - 2 * MINUTE)
    assert ask()[1]["waiting"] == {"ok": True, "count": 1, "oldest_seconds": 120}
    Evaluation.objects.update(queued_at=timezone.now() - 2 * HOUR)
    assert ask()[0] == 503
    workers_are_gone()
    assert ask()[1]["workers"] == {"ok": False, "alive": 0}


def test_readiness_is_an_answer_without_secrets_where_the_database_is_away(ask, monkeypatch):
    class Away:
        def cursor(self):
            raise OperationalError("postgres://lid:secret@postgres")

        def close(self):
            pass

    monkeypatch.setattr(readiness, "connection", Away())
    status, parts = ask()
    assert (status, parts["ready"], parts["database"]) == (503, False, {"ok": False})
    assert "secret" not in json.dumps(parts)


def test_many_who_ask_at_once_cost_one_look(client, ask, django_assert_num_queries):
    ask()
    with django_assert_num_queries(0):
        assert client.get(reverse("readyz")).status_code == 200
