"""One of each thing that can be on the desk, with names as long as they may be."""

from datetime import timedelta

from django.utils import timezone

from leaderboard.models import IntervalJob
from server.alarms.models import Alarm
from server.desk.models import PutAway, WorkerHeartbeat
from server.outbox.models import TRIES, OutboxEmail
from server.outbox.services import enqueue_email
from server.submissions import transitions
from server.teams.models import Team
from server.tracks.models import GroundTruth, Phase

LONG_NAME = "Imperfect-Data-and-Very-Little-Supervision-at-the-University-of-Llanfairpwllgwyngyll"


def fill_the_desk(submitted, alice, charlie, phase: Phase, good_zip: bytes) -> None:
    """Needs no worker: what fails here has never been scored."""
    now = timezone.now()
    Team.objects.filter(memberships__user=alice).update(name=LONG_NAME[:60], affiliation=LONG_NAME)
    alice.refresh_from_db()
    _fail(submitted(alice, method="a method whose name is as long as the field allows " * 2))
    for user in (alice, charlie):
        submitted(user, content=good_zip)
    _truths(phase)
    _mails(alice)
    _phases(phase)
    IntervalJob.objects.create(
        phase=phase, wanted="b", inputs="a", tries=3, last_error="MemoryError", stale_since=now
    )
    WorkerHeartbeat.objects.create(name="celery@worker-1", started_at=now - timedelta(days=2))
    WorkerHeartbeat.objects.create(
        name="celery@0123456789abcdef0123456789abcdef", started_at=now, seen_at=now - timedelta(hours=1)
    )
    Alarm.objects.create(cause="broker", title="The broker cannot be reached", text="It answers with an error.")
    Alarm.objects.create(cause="workers", title="No worker is running", text="…", mailed_at=now, over_at=now)
    PutAway.objects.create(key="x", text=f"Failed evaluations: {LONG_NAME} in {phase}", by=alice)


def _fail(submission) -> None:
    running = transitions.claim("a worker")
    assert transitions.fail(running, "Traceback (most recent call last):\n  File …\nOSError: [Errno 5] I/O error")


def _truths(phase: Phase) -> None:
    facts = {"track": phase.track, "image_count": 2, "pack_sha256": "0" * 64}
    problem = "ILSVRC2012_val_00000002_with_a_long_name_of_its_own.png: label 231 is out of range\nb.png: no map"
    GroundTruth.objects.create(**facts, split="val", state="failed", problem=problem)
    GroundTruth.objects.create(**facts, split="test", state="ready", publish_when_ready=True)


def _mails(alice) -> None:
    for number in range(2):
        enqueue_email(alice, "scored", f"n {number}", f"{LONG_NAME}: scored", "Well done.")
    error = "SMTPRecipientsRefused: 550 5.1.1 mailbox unavailable: the account does not exist"
    OutboxEmail.objects.filter(kind="scored").update(tries=TRIES, last_error=error)


def _phases(phase: Phase) -> None:
    now, day = timezone.now(), timedelta(days=1)
    facts = {"track": phase.track, "split": phase.split, "limit": 3}
    Phase.objects.create(**facts, slug="late", title="Late", opens_at=now, closes_at=now + 2 * day)
    Phase.objects.create(
        **facts, slug="past", title="Past", opens_at=now - 9 * day, closes_at=now - day, results="by_organiser"
    )
