"""/readyz: whether all parts of the server work, for monitors. It names no host, path or error."""

import threading
import time
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu import Connection
from kombu.exceptions import OperationalError

from server.desk.models import WorkerHeartbeat
from server.submissions.models import Evaluation, State
from server.submissions.waiting import age_of, oldest_waiting

KEPT_SECONDS = 5  # an answer is given again for so long: anybody may ask
WRITTEN = ("ARCHIVES_DIR", "GROUND_TRUTH_DRAFTS_DIR")  # by web processes

Part = dict[str, Any]
_lock = threading.Lock()
_kept: tuple[float, dict[str, Any]] = (0.0, {})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Readiness as JSON: 200 where all is well, else 503."""
    global _kept  # noqa: PLW0603  (one answer for all threads)
    with _lock:
        if not _kept[1] or time.monotonic() - _kept[0] >= KEPT_SECONDS:
            _kept = (time.monotonic(), parts())
        answer = _kept[1]
    return JsonResponse(answer, status=200 if answer["ready"] else 503)


def parts() -> dict[str, Any]:
    """Each part of the server, and whether it works."""
    database = _database()
    unknown = {"ok": False, "unknown": True}
    found = {
        "database": database,
        "storage": {"ok": not storage_error()},
        "broker": {"ok": not broker_error()},
        "workers": _workers() if database["ok"] else unknown,
        "waiting": _waiting() if database["ok"] else unknown,
    }
    return {"ready": all(part["ok"] for part in found.values())} | found


def _database() -> Part:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        connection.close()
        return {"ok": False}
    return {"ok": True}


def _workers() -> Part:
    alive = WorkerHeartbeat.objects.alive().count()
    return {"ok": alive > 0, "alive": alive}


def _waiting() -> Part:
    """The queue; not well where the oldest waits longer than ALARM_WAIT."""
    oldest = oldest_waiting()
    age = age_of(oldest) if oldest else None
    return {
        "ok": age is None or age < settings.ALARM_WAIT,
        "count": Evaluation.objects.filter(state=State.QUEUED).count(),
        "oldest_seconds": round(age.total_seconds()) if age else None,
    }


def storage_error() -> str:
    """Which folder cannot be written, for organisers; empty where all can."""
    for name in WRITTEN:
        folder: Path = getattr(settings, name)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with TemporaryFile(dir=folder) as file:
                file.write(b"x")
        except OSError as error:
            return f"{name} ({folder}): {error.strerror}."
    return ""


def broker_error() -> str:
    """Why the broker cannot be reached, for organisers; empty where it can, or is inside the worker."""
    if settings.EMBEDDED:
        return ""
    try:
        options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
        with Connection(settings.CELERY_BROKER_URL, transport_options=options) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=3)
    except (OperationalError, OSError) as error:
        return f"It answers with {type(error).__name__}."
    return ""
