"""A dry run with real workers: behind new submissions, on after a kill, gone when dropped; and its races."""

import os
import signal
import threading

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from server.outbox.models import OutboxEmail
from server.rescores import publication, services
from server.rescores.dry_run import progress_of
from server.rescores.models import Rescore
from server.submissions.models import Evaluation, MapComparison
from tests.ground_truths import distinct
from tests.processes import eventually
from tests.rescoring import corrected
from tests.whole_state import what_differs, whole_state

pytestmark = [pytest.mark.both_setups, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scored_already(submitted, alice, truth, phase, start_worker):
    """Six scored submissions, their maps compared, and no worker."""
    phase.limit = 20
    phase.save()
    for number in range(6):
        submitted(alice, phase=phase, content=distinct(truth.guessed(0.5 + number / 20, number)))
    worker = start_worker()
    eventually(lambda: MapComparison.objects.filter(ended_at__isnull=False).count() == 6, 60)
    worker.stop()


@pytest.fixture
def dry_run(scored_already, truths, truth, phase, organiser) -> Rescore:
    return services.start(ground_truth=corrected(truths, truth), phases=[phase], by=organiser)


def test_it_goes_on_after_a_killed_worker_behind_a_new_submission(
    dry_run, start_worker, submitted, alice, good_zip, phase, organiser
):
    newest = submitted(alice, phase=phase, content=distinct(good_zip)).evaluations.get()
    first = start_worker()
    eventually(lambda: progress_of(dry_run).done, 60)
    os.kill(first.pid, signal.SIGKILL)
    newest.refresh_from_db()
    again = Evaluation.objects.filter(rescoring=True, started_at__isnull=False)
    assert newest.state == "scored"
    assert all(newest.started_at <= one.started_at for one in again)
    start_worker()
    eventually(lambda: progress_of(dry_run).complete and progress_of(dry_run).total == 7, 90)
    eventually(lambda: Rescore.objects.get().differences, 30)
    assert Rescore.objects.get().differences["changed_count"] == 1
    assert (dry_run.folder.stat().st_mode & 0o777, len(list(dry_run.folder.iterdir()))) == (0o700, 3)
    publication.publish(dry_run, [phase], reason="It was wrong.", by=organiser)
    assert phase.published_rule().number == 2


def test_dropped_half_way_it_leaves_every_row_file_and_board_as_it_was(
    scored_already, truths, truth, start_worker, phase, organiser, settings
):
    new_truth, at = corrected(truths, truth), f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}"
    OutboxEmail.objects.all().delete()  # or the worker sends those about the first scores meanwhile
    before = whole_state(at)
    rescore = services.start(ground_truth=new_truth, phases=[phase], by=organiser)
    start_worker(INTERVALS_AFTER_SECONDS=3600, INTERVALS_AT_LATEST_SECONDS=3600)  # or the board has them meanwhile
    eventually(lambda: progress_of(rescore).done, 60)
    assert {"table submissions.evaluation", "table tracks.scoringrule"} <= {*what_differs(before, whole_state(at))}
    services.drop(rescore, by=organiser)
    eventually(lambda: not any(settings.WORK_DIR.iterdir()), 20)
    assert what_differs(before, whole_state(at)) == []


def test_a_submission_that_comes_while_it_is_published_is_scored_by_the_new_rule(
    dry_run, start_worker, submitted, alice, good_zip, phase, organiser, monkeypatch
):
    """The upload has read the old rule and begun its transaction when the other one is published."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    start_worker()
    eventually(lambda: progress_of(dry_run).complete, 60)
    published, may_end = threading.Event(), threading.Event()

    def publish_and_wait() -> None:
        with transaction.atomic():
            publication.publish(dry_run, [phase], reason="It was wrong.", by=organiser)
            published.set()
            may_end.wait(20)
        connections.close_all()

    uploading = threading.Thread(
        target=lambda: (submitted(alice, phase=phase, content=distinct(good_zip)), connections.close_all())
    )
    publishing = threading.Thread(target=publish_and_wait)
    publishing.start()
    assert published.wait(20)
    uploading.start()
    uploading.join(1)
    assert uploading.is_alive(), "the upload does not wait for the change of its phase's rule"
    may_end.set()
    for thread in (publishing, uploading):
        thread.join(20)
    newest = phase.submissions.order_by("-received_at")[0]
    assert newest.evaluations.get().rule.number == 2
