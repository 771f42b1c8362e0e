"""What is wrong with the server now: each cause of alarm, with what is wrong and what to do."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from leaderboard.intervals.job import alarm_of
from leaderboard.models import IntervalJob
from server.alarms.services import in_words
from server.desk import readiness
from server.desk.heartbeats import last_seen, least_free_room
from server.desk.models import FileCheck, WorkerHeartbeat
from server.outbox.models import OutboxEmail
from server.submissions import emails
from server.submissions.models import Evaluation, State, WorkerHost
from server.submissions.waiting import age_of, oldest_waiting
from server.time_format import format_utc
from server.tracks.models import GroundTruth, ScoringRule

STUCK_TRIES = 3  # failed tries of a mail: it has waited for some minutes
OVERDUE = timedelta(minutes=15)  # a mail is sent, or tried again, far sooner
FAILED_LATELY = timedelta(hours=1)
SHOWN_LOSSES = 10


@dataclass(frozen=True)
class Cause:
    """A cause of alarm as it is now; an alarm is about one key."""

    key: str
    title: str
    text: str


def causes_now(watching_since: datetime | None = None) -> list[Cause]:
    """All that is wrong now, worst first. Whoever began to watch just now waits for workers that start as well."""
    found = [
        *_no_worker(watching_since),
        *_broker(),
        *_storage(),
        *_disks(),
        *_files(),
        *_paused_hosts(),
        *_unreadable_packs(),
        *_outdated_rules(),
        *_failures(),
        *_intervals(),
        *_mail(),
        *_backup(),
    ]
    if not any(cause.key == "workers" for cause in found):  # else that is why they wait
        found += _waiting()
    return found


def _no_worker(watching_since: datetime | None) -> Iterator[Cause]:
    if WorkerHeartbeat.objects.alive().exists():
        return
    seen = last_seen()
    missed_since = max(filter(None, [seen, watching_since]), default=None)
    if missed_since and timezone.now() - missed_since < settings.ALARM_AFTER:
        return
    last = f"The last one reported on {format_utc(seen)}." if seen else "None has reported yet."
    yield Cause(
        "workers",
        "No worker is running",
        f"{last} Submissions wait, and nothing is scored, packed or computed. Nothing is lost, and no slot is "
        "used. Start a worker: docker compose up -d worker, or celery -A server worker.",
    )


def _waiting() -> Iterator[Cause]:
    oldest = oldest_waiting()
    if oldest is None or age_of(oldest) < settings.ALARM_WAIT:
        return
    count = Evaluation.objects.filter(state=State.QUEUED).count()
    yield Cause(
        "waiting",
        "Submissions wait too long",
        f"{_count(count, 'submission waits', 'submissions wait')}, the longest for {in_words(age_of(oldest))}; "
        f"the limit is {in_words(settings.ALARM_WAIT)}. Workers run, but too few, or something holds them: see "
        "the worker's log and Admin › Evaluations.",
    )


def _failures() -> Iterator[Cause]:
    failed = Evaluation.objects.filter(state=State.FAILED, finished_at__gt=timezone.now() - FAILED_LATELY)
    newest = failed.select_related("submission__team").order_by("-finished_at").first()
    if newest:
        title, text = emails.failure_in_words(newest, newest.last_error)
        yield Cause(emails.FAILURES, title, text)


def _intervals() -> Iterator[Cause]:
    for job in IntervalJob.objects.exclude(last_error="").select_related("phase__track"):
        yield Cause(*alarm_of(job))


def _paused_hosts() -> Iterator[Cause]:
    for host in WorkerHost.objects.paused():
        yield Cause(emails.paused_cause(host), *emails.pause_in_words(host, host.last_error))


def _unreadable_packs() -> Iterator[Cause]:
    for ground_truth in GroundTruth.objects.in_use_but_unreadable().select_related("track"):
        words = emails.unreadable_in_words(ground_truth, ground_truth.problem)
        yield Cause(emails.unreadable_cause(ground_truth), *words)


def _outdated_rules() -> Iterator[Cause]:
    published = ScoringRule.objects.filter(state=ScoringRule.State.PUBLISHED)
    for rule in published.outdated().select_related("track"):
        yield Cause(emails.outdated_cause(rule), *emails.outdated_in_words(rule))


def _mail() -> Iterator[Cause]:
    waiting = OutboxEmail.objects.waiting()
    unsent = OutboxEmail.objects.due().filter(not_before__lt=timezone.now() - OVERDUE)
    if count := unsent.count():
        yield Cause(
            "mail unsent",
            "Nothing sends the e-mails",
            f"{_count(count, 'e-mail has', 'e-mails have')} been due for more than {in_words(OVERDUE)}. Workers "
            "send them, or, with MAIL_FROM_WORKER=false, manage.py send_emails --forever (in compose: mailer).",
        )
    refused = waiting.filter(tries__gte=STUCK_TRIES).order_by("-tries")
    if first := refused.first():
        yield Cause(
            "mail refused",
            "E-mails cannot be sent",
            f"{_count(refused.count(), 'e-mail was', 'e-mails were')} tried {STUCK_TRIES} times or more. The last "
            f"error: {first.last_error or 'none was noted'}. Check EMAIL_URL and the mail server; each is tried "
            "again for a day, and the desk lists those that were given up.",
        )


def _disks() -> Iterator[Cause]:
    for folder, free in least_free_room().items():
        if free < settings.ALARM_FREE_DISK_MB * 1024**2:
            yield Cause(
                f"disk {folder}",
                f"The disk of {folder} is nearly full",
                f"{free / 1024**3:.1f} GB are free beyond the reserve (DISK_RESERVE_MB); the alarm begins below "
                f"{settings.ALARM_FREE_DISK_MB / 1024:.1f} GB. Uploads are refused while only that is left, "
                "and scoring waits on a full disk. Make room on its volume, or enlarge it.",
            )


def _files() -> Iterator[Cause]:
    for check in FileCheck.objects.exclude(losses=[]):
        shown = "; ".join(check.losses[:SHOWN_LOSSES])
        yield Cause(
            "files",
            "Stored files are missing or damaged",
            f"manage.py sweep --hashes found {_count(len(check.losses), 'file', 'files')} on "
            f"{format_utc(check.at)}: {shown}. Restore them from a backup, then run it again.",
        )


def _storage() -> Iterator[Cause]:
    if wrong := readiness.storage_error():
        yield Cause(
            "storage", "A data folder cannot be written", f"{wrong} Uploads are refused until it can be written."
        )


def _broker() -> Iterator[Cause]:
    if wrong := readiness.broker_error():
        yield Cause(
            "broker",
            "The broker cannot be reached",
            f"{wrong} Workers find what waits by themselves, somewhat later. Check Redis and CELERY_BROKER_URL.",
        )


def _backup() -> Iterator[Cause]:
    if not settings.BACKUP_PATH:
        return
    last = last_backup()
    if last is None or timezone.now() - last > settings.BACKUP_MAX_AGE:
        when = f"The last one is of {format_utc(last)}" if last else f"There is none at {settings.BACKUP_PATH}"
        yield Cause(
            "backup",
            "The backup is too old",
            f"{when}; it should be no older than {in_words(settings.BACKUP_MAX_AGE)}. Run the backup and see why "
            "it did not run by itself.",
        )


def last_backup() -> datetime | None:
    """When BACKUP_PATH last changed: the file, or the newest in the folder that is complete."""
    path, times = Path(settings.BACKUP_PATH), []
    with suppress(OSError):
        paths = [each for each in path.iterdir() if each.suffix != ".part"] if path.is_dir() else [path]
        times = [each.stat().st_mtime for each in paths]
    return datetime.fromtimestamp(max(times), timezone.get_current_timezone()) if times else None


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
