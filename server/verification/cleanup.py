"""Deletes the files of closed cases on the day that each case names."""

import time
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from server.audit.services import record
from server.verification.models import CaseFile, VerificationCase

STALE_AFTER = timedelta(hours=1)  # of a file without a row


def delete_due_files(now: datetime) -> None:
    """Delete the files that are due, and those that no row refers to; their names, sizes and hashes are kept."""
    for case in VerificationCase.objects.filter(delete_files_at__lte=now):
        files = case.files.kept()
        if files.exists():
            _delete(case, files, now)
    for path in _left_over():
        path.unlink(missing_ok=True)


@transaction.atomic
def _delete(case: VerificationCase, files: QuerySet[CaseFile], now: datetime) -> None:
    names = []
    for file in files:
        file.path.unlink(missing_ok=True)
        names.append(file.name)
    files.update(deleted_at=now)
    what = "deleted the files of a verification case"
    record(by=None, what=what, subject=case, changes={"files": [", ".join(names), ""]})


def _left_over() -> list[Path]:
    """Files that a crash left between the disk and the database."""
    folder, oldest = settings.CASES_DIR, time.time() - STALE_AFTER.total_seconds()
    paths = [path for path in folder.iterdir() if path.stat().st_mtime < oldest] if folder.is_dir() else []
    known = set(CaseFile.objects.kept().values_list("pk", flat=True)) if paths else set()
    return [path for path in paths if _key(path) not in known]


def _key(path: Path) -> UUID | None:
    try:
        return UUID(path.name)
    except ValueError:  # the copy of a file that was on its way to another volume
        return None
