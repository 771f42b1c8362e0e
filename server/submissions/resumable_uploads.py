"""Services of resumable uploads: begin one, append to it, submit or remove it.

What has arrived is the file's size, on the disk before it is acknowledged, so a killed server loses nothing that
it acknowledged. Who writes or submits locks the file; the system unlocks it even if the process dies.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from io import FileIO
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.utils import timezone

from server.accounts.models import User
from server.files import sha256_of, write_upload
from server.submissions import services
from server.submissions.exceptions import (
    ChecksumDiffers,
    DailyLimitReached,
    NoSlotLeft,
    NoTeam,
    UploadBusy,
    UploadGone,
    UploadIncomplete,
    UploadOfAnotherPhase,
    UploadTooLong,
    WrongOffset,
    WrongSha256,
)
from server.submissions.method import Method
from server.submissions.models import ResumableUpload, Submission
from server.submissions.upload_limit import UploadPlaces
from server.teams.eligibility import team_of
from server.teams.models import Team
from server.tracks.models import Phase
from server.uploads import IncomingArchive, TooManyUploads, UploadTooLarge

if TYPE_CHECKING:
    from hashlib import _Hash


def begin(
    *, user: User, phase: Phase, name: str, length: int, expected_sha256: str, began_at: datetime
) -> ResumableUpload:
    """Decide all that can be decided before a byte is sent. Raises SubmissionRefused or SuspiciousOperation."""
    team = team_of(user)
    if team is None:
        raise NoTeam
    try:
        services.check_can_submit(team, phase, began_at)
    except (NoSlotLeft, DailyLimitReached):
        if not _may_be_repeated(team, phase, length, expected_sha256):
            raise
    if length > settings.MAX_UPLOAD_BYTES:
        raise UploadTooLarge(settings.MAX_UPLOAD_BYTES)
    _check_uploads_at_once(user, team)
    _remove_oldest(user)
    upload = ResumableUpload(
        user=user,
        team=team,
        phase=phase,
        name=name,
        length=length,
        expected_sha256=expected_sha256,
        began_at=began_at,
    )
    upload.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    upload.path.touch(0o600, exist_ok=False)
    upload.save(force_insert=True)
    return upload


def offset(upload: ResumableUpload) -> int:
    """Return how many bytes have arrived. Raises UploadGone."""
    try:
        return upload.path.stat().st_size
    except FileNotFoundError as error:
        raise UploadGone from error


def append(
    upload: ResumableUpload, at: int, chunks: Iterable[bytes], checksum: "tuple[_Hash, bytes] | None" = None
) -> None:
    """Append what arrives, unless its checksum differs. Raises SubmissionRefused."""
    services.check_grace_period(upload.phase, timezone.now())
    with _locked(upload) as file:
        begins_at = file.seek(0, os.SEEK_END)
        if at != begins_at:
            raise WrongOffset(at, begins_at)
        try:
            for chunk in chunks:
                if file.tell() + len(chunk) > upload.length:
                    raise UploadTooLong(upload.length)
                write_upload(file, chunk)
                if checksum:
                    checksum[0].update(chunk)
            if checksum and checksum[0].digest() != checksum[1]:
                raise ChecksumDiffers
        except (UploadTooLong, ChecksumDiffers):
            file.truncate(begins_at)
            raise
        finally:
            os.fsync(file)
        if file.tell() == upload.length:
            with suppress(FileNotFoundError):  # removed meanwhile
                _sha256(upload)


def submit(upload_id: UUID, *, user: User, phase: Phase, method: Method, key: str = "") -> tuple[Submission, bool]:
    """Submit what was uploaded, or return what it became before; and whether this made the submission.

    Raises SubmissionRefused; the upload is kept then.
    """
    if earlier := Submission.objects.filter(upload=upload_id, team__memberships__user=user).first():
        _check_phase(earlier.phase, phase)
        return earlier, False
    upload = ResumableUpload.objects.of(user).filter(pk=upload_id).select_related("team", "phase").first()
    if upload is None:
        raise UploadGone
    _check_phase(upload.phase, phase)
    with _locked(upload), _arrived(upload) as archive:
        submission = services.submit(
            team=upload.team,
            phase=phase,
            user=user,
            archive=archive,
            method=method,
            began_at=upload.began_at,
            key=key,
            upload=upload.pk,
        )
    if is_new := submission.upload == upload.pk:
        upload.delete()
    return submission, is_new


def remove(upload: ResumableUpload) -> None:
    upload.path.unlink(missing_ok=True)
    upload.delete()


def _check_phase(begun_for: Phase, phase: Phase) -> None:
    if begun_for != phase:
        raise UploadOfAnotherPhase(begun_for)


def _may_be_repeated(team: Team, phase: Phase, length: int, sha256: str) -> bool:
    """Whether it may be an archive that the team submitted before: that needs no slot, and leads there."""
    alike = Submission.objects.filter(team=team, phase=phase, size=length)
    return (alike.filter(sha256=sha256) if sha256 else alike).exists()


def _check_uploads_at_once(user: User, team: Team) -> None:
    """Refuse one more while two are on their way: being received now, or a moment ago. Raises TooManyUploads."""
    with UploadPlaces() as places:
        places.take(user)
    for who, uploads in (("You are", Q(user=user)), ("Your team is", Q(team=team))):
        moving = [upload for upload in ResumableUpload.objects.filter(uploads) if _is_moving(upload)]
        if len(moving) >= settings.UPLOADS_AT_ONCE:
            raise TooManyUploads(who)


def _is_moving(upload: ResumableUpload) -> bool:
    with suppress(FileNotFoundError):
        file = upload.path.stat()
        quiet = timezone.now().timestamp() - file.st_mtime
        return file.st_size < upload.length and quiet < settings.CONNECTION_IDLE_SECONDS
    return False


def _remove_oldest(user: User) -> None:
    """Let a person have a few unfinished uploads; more would fill the disk."""
    newest_first = ResumableUpload.objects.filter(user=user).order_by("-began_at")
    for upload in newest_first[settings.UNFINISHED_UPLOADS - 1 :]:
        remove(upload)


@contextmanager
def _locked(upload: ResumableUpload) -> Iterator[FileIO]:
    """Open the file for one request at a time. Raises UploadBusy or UploadGone."""
    try:
        file = upload.path.open("r+b", buffering=0)
    except FileNotFoundError as error:
        raise UploadGone from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UploadBusy from error
        if not upload.path.exists():  # submitted or removed meanwhile
            raise UploadGone
        yield file


def _sha256(upload: ResumableUpload) -> str:
    """Return the whole file's hash; it is computed once, by the request that brought the last byte."""
    if not upload.sha256:
        upload.sha256 = sha256_of(upload.path)
        ResumableUpload.objects.filter(pk=upload.pk).update(sha256=upload.sha256)
    return upload.sha256


class _Arrived(IncomingArchive):
    """An uploaded file that a refusal leaves where it is: other words may go with the same bytes."""

    def close(self) -> None:
        UploadedFile.close(self)


@contextmanager
def _arrived(upload: ResumableUpload) -> Iterator[IncomingArchive]:
    """Open the whole file. Raises UploadIncomplete, WrongSha256 or UploadGone."""
    if (arrived := offset(upload)) < upload.length:
        raise UploadIncomplete(arrived, upload.length)
    try:
        sha256 = _sha256(upload)
        if upload.expected_sha256 not in {"", sha256}:
            raise WrongSha256(sha256, upload.expected_sha256)
        with _Arrived(upload.path, upload.name, upload.length, sha256) as archive:
            yield archive
    except FileNotFoundError as error:  # removed meanwhile
        raise UploadGone from error
