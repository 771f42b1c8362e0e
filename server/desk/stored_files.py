"""Every file that a row names: whether it is there, and whether its bytes are still those that were stored."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from django.conf import settings
from django.utils import timezone

from server.desk.models import FileCheck
from server.files import sha256_of
from server.submissions.models import Evaluation, State, Submission
from server.tracks.models import GroundTruth
from server.verification.models import CaseFile


@dataclass(frozen=True)
class StoredFile:
    row: str  # in words
    folder: str  # the setting that names it
    path: Path
    sha256: str = ""  # where none is kept, a zip's own checksums are read


@dataclass
class Found:
    """What a look at all files found. The files of a volume that this process does not see are no losses."""

    files: int = 0
    size: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)

    @property
    def losses(self) -> list[str]:
        return self.missing + self.damaged


def stored_files() -> Iterator[StoredFile]:
    for submission in Submission.objects.order_by("pk").iterator():
        path = submission.archive_path
        yield StoredFile(f"submission {submission.pk}", "ARCHIVES_DIR", path, submission.sha256)
    for evaluation in Evaluation.objects.filter(state=State.SCORED).only("pk").order_by("pk").iterator():
        yield StoredFile(f"evaluation {evaluation.pk}", "STATISTICS_DIR", evaluation.statistics_path)
    for truth in GroundTruth.objects.filter(state=GroundTruth.State.READY):
        yield StoredFile(f"ground truth {truth.pk}", "GROUND_TRUTH_DIR", truth.pack_path, truth.pack_sha256)
    for file in CaseFile.objects.filter(deleted_at=None):
        yield StoredFile(f"file of case {file.case_id}", "CASES_DIR", file.path, file.sha256)


def missing_files() -> Found:
    """Look which files are there, without reading them."""
    return _look(stored_files(), hashes=False)


def check_files() -> Found:
    """Read every file, and keep what was found for the desk and its alarm."""
    found = _look(stored_files(), hashes=True)
    FileCheck.objects.update_or_create(
        pk=1,
        defaults={
            "at": timezone.now(),
            "files": found.files,
            "size": found.size,
            "losses": found.losses,
            "unseen": found.unseen,
        },
    )
    return found


def _look(files: Iterable[StoredFile], *, hashes: bool) -> Found:
    found, absent = Found(), defaultdict[str, list[StoredFile]](list)
    for file in files:
        if not file.path.is_file():
            absent[file.folder].append(file)
            continue
        found.files += 1
        found.size += file.path.stat().st_size
        if hashes and (wrong := _damage(file)):
            found.damaged.append(f"{file.row}: {file.path.name} {wrong}")
    for folder, lost in absent.items():
        _sort_absent(found, folder, lost)
    return found


def _sort_absent(found: Found, folder: str, lost: list[StoredFile]) -> None:
    """Leave out what rows gave up meanwhile. A folder that holds nothing at all is on a volume not seen here."""
    named = {file.path for file in stored_files() if file.folder == folder}
    lost = [file for file in lost if file.path in named and not file.path.is_file()]
    place: Path = getattr(settings, folder)
    if lost and not (place.is_dir() and any(place.iterdir())):
        found.unseen.append(f"{folder} ({place}) is empty here, {len(lost)} files should be in it")
    else:
        found.missing += [f"{file.row}: {file.path.name} is missing" for file in lost]


def _damage(file: StoredFile) -> str:
    """Say what is wrong with a file's bytes; nothing where they are as they were."""
    try:
        if file.sha256:
            return "" if sha256_of(file.path) == file.sha256 else "is damaged: its sha256 is another than stored"
        with ZipFile(file.path) as archive:
            return "is damaged" if archive.testzip() else ""
    except FileNotFoundError:  # deleted meanwhile
        return ""
    except BadZipFile:
        return "is damaged"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
