"""Cleanup: removes stale uploads and work folders, and finds rows without files and files without rows."""

import re
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore

from evaluator.contract import PACK_STARTS
from server.files import sha256_of
from server.submissions.models import Evaluation, State, Submission
from server.tracks.models import GroundTruth

STALE_AFTER = timedelta(hours=1)
SCORING = re.compile(r"(?P<evaluation>[0-9a-f-]{36})-(?P<fence>\d+)")
PACKING = re.compile(r"pack-(?P<draft>[0-9a-f-]+)")


def remove_stale() -> list[Path]:
    """Remove uploads without progress for an hour, work folders of dead workers, and expired sessions.

    Returns the removed paths.
    """
    SessionStore.clear_expired()
    parts = _entries(settings.ARCHIVES_DIR / "incoming")
    stale = [part for part in parts if _older_than(part, STALE_AFTER)]
    for part in stale:
        part.unlink(missing_ok=True)
    abandoned = [folder for folder in _entries(settings.WORK_DIR) if _is_abandoned(folder)]
    for folder in abandoned:
        shutil.rmtree(folder, ignore_errors=True)
    return stale + abandoned


def _is_abandoned(folder: Path) -> bool:
    """Whether a work folder is older than a lease and belongs to no current lease."""
    if not _older_than(folder, settings.LEASE):
        return False
    if scoring := SCORING.fullmatch(folder.name):
        own = Evaluation.objects.filter(pk=scoring["evaluation"], fence=scoring["fence"], state=State.RUNNING)
        return not own.exists()
    if packing := PACKING.fullmatch(folder.name):
        own = GroundTruth.objects.filter(pk=packing["draft"], state=GroundTruth.State.PACKING)
        return not own.exists()
    return _older_than(folder, STALE_AFTER)


def rows_without_file() -> Iterator[str]:
    """Yield rows whose file is missing; only a backup can fix these."""
    for submission in Submission.objects.iterator():
        if not submission.archive_path.is_file():
            yield f"submission {submission.pk}: its archive {submission.archive_name} is missing"
    for evaluation in Evaluation.objects.filter(state=State.SCORED).only("pk").iterator():
        if not evaluation.statistics_path.is_file():
            yield f"evaluation {evaluation.pk}: its statistics are missing"
    for truth in GroundTruth.objects.filter(state=GroundTruth.State.READY):
        if not truth.pack_path.is_file():
            yield f"ground truth {truth.pk}: its pack {truth.pack_path.name} is missing"


def files_without_row() -> Iterator[str]:
    """Yield stored files that no row refers to and that are too old to be in use by a request."""
    archives = set(Submission.objects.values_list("archive_name", flat=True))
    statistics = {f"{key}.npz" for key in Evaluation.objects.values_list("pk", flat=True)}
    packs = {f"{name}.pack" for name in GroundTruth.objects.values_list("pack_sha256", flat=True)}
    for folder, known in (
        (settings.ARCHIVES_DIR, archives),
        (settings.STATISTICS_DIR, statistics),
        (settings.GROUND_TRUTH_DIR, packs),
    ):
        for file in _entries(folder):
            if file.is_file() and file.name not in known and _older_than(file, STALE_AFTER):
                yield str(file)


def served_secrets() -> Iterator[str]:
    """Yield publicly served files that must not be public: ground truth, archives, and unknown files."""
    hashes = GroundTruth.objects.values_list("pack_sha256", flat=True)
    public = {f"{name}{ending}" for name in hashes for ending in (".manifest.json", ".sample.zip")}
    sizes, archives = (set(Submission.objects.values_list(field, flat=True)) for field in ("size", "sha256"))
    for folder in {settings.PUBLIC_DIR, settings.STATIC_ROOT, *settings.STATICFILES_DIRS}:
        for file in filter(Path.is_file, Path(folder).rglob("*")):
            if _starts(file) == PACK_STARTS:
                yield f"{file} is ground truth"
            elif file.stat().st_size in sizes and sha256_of(file) in archives:
                yield f"{file} is a submitted archive"
            elif file.parent == settings.PUBLIC_DIR and file.name not in public and _older_than(file, STALE_AFTER):
                yield f"{file} is neither a manifest nor a sample"


def _starts(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(len(PACK_STARTS))


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _older_than(path: Path, age: timedelta) -> bool:
    try:
        return time.time() - path.stat().st_mtime > age.total_seconds()
    except FileNotFoundError:  # removed by another process
        return False
