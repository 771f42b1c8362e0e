"""Cleanup: removes stale uploads and work folders, and finds files without rows."""

import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from evaluator.contract import PACK_STARTS
from server.files import sha256_of
from server.leases import is_held
from server.submissions import self_check
from server.submissions.models import Evaluation, ResumableUpload, Submission
from server.teams.team_locks import forget_addresses_without_locks
from server.tracks.models import GroundTruth

STALE_AFTER = timedelta(hours=1)
KEPT = (
    "ARCHIVES_DIR",
    "GROUND_TRUTH_DIR",
    "GROUND_TRUTH_DRAFTS_DIR",
    "PUBLIC_DIR",
    "STATISTICS_DIR",
    "PAPER_PACKS_DIR",
)


def remove_stale() -> list[Path]:
    """Remove stale uploads, the files of dead workers and expired sessions; return the removed paths."""
    SessionStore.clear_expired()
    forget_addresses_without_locks()
    ResumableUpload.objects.filter(expires_at__lt=timezone.now()).delete()
    resumable = {upload.path for upload in ResumableUpload.objects.all()}
    parts = _entries(settings.ARCHIVES_DIR / "incoming")
    stale = [part for part in parts if part not in resumable and _older_than(part, STALE_AFTER)]
    copies = [part for name in KEPT for part in getattr(settings, name).glob("*.part")]
    stale += [path for path in [*_entries(settings.WORK_DIR), *copies] if _is_abandoned(path)]
    for path in stale:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return stale


def _is_abandoned(path: Path) -> bool:
    """Whether a path is older than a lease and belongs to no current lease."""
    if pid := self_check.pid_of(path.name):
        return not Path(f"/proc/{pid}").exists()
    if not _older_than(path, settings.LEASE):
        return False
    held = is_held(path.name.removesuffix(".part"))
    return _older_than(path, STALE_AFTER) if held is None else not held


def files_without_row() -> Iterator[str]:
    """Yield stored files that no row refers to and that are too old to be in use by a request."""
    archives = set(Submission.objects.values_list("archive_name", flat=True))
    statistics = {f"{key}.npz" for key in Evaluation.objects.values_list("pk", flat=True)}
    hashes = GroundTruth.objects.values_list("pack_sha256", flat=True)
    packs = {f"{name}{ending}" for name in hashes for ending in (".pack", ".source.zip")}
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
