"""Everything that the server keeps, to compare before and after: all rows, all files, and the boards as read."""

import hashlib
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.test import Client

from leaderboard.cache.cache import board_cache
from server.tracks.models import Phase

# What tells of an act that had no other effect, what workers tell of themselves, and sessions.
BESIDE = {
    "audit.auditlogentry",
    "rescores.rescore",
    "rescores.rescore_phases",
    "desk.workerheartbeat",
    "desk.watch",
    "submissions.workerhost",
    "leaderboard.intervaljob",
    "sessions.session",
}
ADDRESSES = ("{page}", "{page}?at={at}", "/api/v1/phases/{key}/leaderboard/")


def whole_state(at: str) -> dict[str, Any]:
    """By table, file and address; `at` is a past moment as an address has it."""
    return _rows() | _files() | _boards(at)


def what_differs(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The names of what was added, is gone or has changed."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _rows() -> dict[str, Any]:
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    return {
        f"table {model._meta.label_lower}": list(model._default_manager.order_by("pk").values_list())
        for model in models
        if model._meta.label_lower not in BESIDE
    }


def _files() -> dict[str, Any]:
    kept = (path for path in Path(settings.DATA_DIR).rglob("*") if path.is_file())
    names = {path: path.relative_to(settings.DATA_DIR) for path in kept}
    return {
        f"file {name}": hashlib.sha256(path.read_bytes()).hexdigest()
        for path, name in names.items()
        if name.parts[0] != "work" and "sqlite3" not in path.name
    }


def _boards(at: str) -> dict[str, Any]:
    board_cache.clear()
    found = {}
    for phase in Phase.objects.select_related("track"):
        for form in ADDRESSES:
            address = form.format(page=phase.get_absolute_url(), key=phase.pk, at=at)
            answer = Client().get(address)
            found[f"board {address}"] = (answer.status_code, answer.content)
    return found
