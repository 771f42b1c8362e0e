"""How the server is: workers, queue, disks, archives, backup, the watch."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from server.alarms.services import in_words
from server.desk.causes import last_backup
from server.desk.heartbeats import least_free_room
from server.desk.models import FileCheck, Watch, WorkerHeartbeat
from server.submissions.models import Evaluation, State, Submission
from server.submissions.waiting import age_of, oldest_waiting

WEEK = timedelta(days=7)
LARGEST = 5  # teams


@dataclass(frozen=True)
class Worker:
    name: str
    state: str
    since: datetime
    is_lost: bool


@dataclass(frozen=True)
class ServerState:
    """What the desk shows whether or not anything is wrong."""

    workers: list[Worker]
    waiting: int
    running: int
    oldest_age: str  # of the evaluation that waits longest; empty where none waits
    disks: dict[str, str]  # free room -> the folders on volumes that have so much
    last_backup: datetime | None
    watches_backup: bool
    looked_at: datetime | None
    is_watched: bool
    archives: "Archives"
    file_check: FileCheck | None


@dataclass(frozen=True)
class Archives:
    """What the archives take, and who sent most."""

    size: int
    of_this_week: int
    largest_teams: list[tuple[str, int]]  # name, bytes


def server_state() -> ServerState:
    states = list(
        Evaluation.objects.filter(state__in=[State.QUEUED, State.RUNNING]).values_list("state", flat=True)
    )
    oldest, looked_at = oldest_waiting(), Watch.objects.values_list("looked_at", flat=True).first()
    return ServerState(
        workers=_workers(),
        waiting=states.count(State.QUEUED),
        running=states.count(State.RUNNING),
        oldest_age=in_words(age_of(oldest)) if oldest else "",
        disks=_disks(),
        last_backup=last_backup() if settings.BACKUP_PATH else None,
        watches_backup=bool(settings.BACKUP_PATH),
        looked_at=looked_at,
        is_watched=looked_at is not None and timezone.now() - looked_at < _unwatched_after(),
        archives=_archives(),
        file_check=FileCheck.objects.first(),
    )


def _archives() -> Archives:
    sizes = Submission.objects.order_by()
    lately = sizes.filter(received_at__gt=timezone.now() - WEEK)
    teams = sizes.values_list("team__name").annotate(bytes=Sum("size")).order_by("-bytes")[:LARGEST]
    whole, week = (rows.aggregate(bytes=Sum("size"))["bytes"] or 0 for rows in (sizes, lately))
    return Archives(whole, week, list(teams))


def _unwatched_after() -> timedelta:
    """Cron may call `watch --once` every few minutes."""
    return max(timedelta(minutes=15), timedelta(seconds=3 * settings.WATCH_SECONDS))


def _workers() -> list[Worker]:
    beats = WorkerHeartbeat.objects
    alive = [Worker(each.name, "running since", each.started_at, is_lost=False) for each in beats.alive()]
    lost = [Worker(each.name, "silent since", each.seen_at, is_lost=True) for each in beats.silent()]
    return [*lost, *alive]


def _disks() -> dict[str, str]:
    """Volumes with exactly the same room are one."""
    by_room: dict[int, list[str]] = {}
    for name, room in least_free_room().items():
        by_room.setdefault(room // 10_000_000, []).append(name)
    return {f"{room / 100:,.1f} GB free for uploads": ", ".join(names) for room, names in sorted(by_room.items())}
