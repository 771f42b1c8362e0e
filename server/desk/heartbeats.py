"""Heartbeats: each worker reports every few seconds that it lives, and how much room its disks have."""

from datetime import datetime

from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from server.background import touch_heartbeat_file
from server.desk.models import WorkerHeartbeat
from server.files import free_bytes

# The folders whose volumes may fill. A web process and a worker may see different ones.
FOLDERS = ("DATA_DIR", "ARCHIVES_DIR", "GROUND_TRUTH_DIR", "GROUND_TRUTH_DRAFTS_DIR")


class Heart:
    """Writes the heartbeats of one worker."""

    def __init__(self, name: str) -> None:
        self.name, self.started_at = name[:150], timezone.now()

    def beat(self) -> None:
        facts = {"started_at": self.started_at, "seen_at": Now(), "stopped_at": None, "volumes": free_room()}
        if not WorkerHeartbeat.objects.filter(name=self.name).update(**facts):
            WorkerHeartbeat.objects.get_or_create(name=self.name, defaults=facts | {"seen_at": timezone.now()})
        touch_heartbeat_file()

    def stop(self) -> None:
        """Note that it was told to stop: a worker that ends otherwise is missed."""
        WorkerHeartbeat.objects.filter(name=self.name, started_at=self.started_at).update(stopped_at=Now())


def last_seen() -> datetime | None:
    """When any worker last reported."""
    newest = WorkerHeartbeat.objects.order_by("-seen_at").values_list("seen_at", flat=True)
    return newest.first()


def free_room() -> dict[str, int]:
    """The free bytes of each folder's volume, as this process sees it."""
    return {name: free_bytes(getattr(settings, name)) for name in FOLDERS}


def least_free_room() -> dict[str, int]:
    """The free bytes of each folder's volume, as this process or a live worker sees it: whatever is less."""
    seen = [free_room(), *WorkerHeartbeat.objects.alive().values_list("volumes", flat=True)]
    return {name: min(room[name] for room in seen if name in room) for name in FOLDERS}
