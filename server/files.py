"""File helpers: hashes, durable renames, temporary work folders, free disk space."""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.http import FileResponse

CHUNK = 1024**2


def sha256_of(path: Path, tick: Callable[[], None] = lambda: None) -> str:
    """Return the file's SHA-256 in hex; `tick` is called after every megabyte and may stop it by raising."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            tick()
    return digest.hexdigest()


def attachment(path: Path, name: str, content_type: str, *, first: int = 0) -> FileResponse:
    """Return a response that downloads the file from its `first` byte on. Raises FileNotFoundError."""
    file = path.open("rb")
    file.seek(first)
    return FileResponse(file, as_attachment=True, filename=name, content_type=content_type)


def keep(path: Path, target: Path) -> None:
    """Move a file durably, to another volume too: complete on disk before it has its new name, private to us."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o600)
    sync(path)
    try:
        path.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        keep_copy(path, target)
        path.unlink()
    sync(target.parent)


def keep_copy(path: Path, target: Path) -> None:
    """Copy a file durably in the same way; what a crash leaves of it ends in `.part`, which the sweep removes."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(f"{target.name}.{uuid4()}.part")
    try:
        part.touch(0o600)
        shutil.copyfile(path, part)
        sync(part)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    sync(target.parent)


@contextmanager
def work_folder(name: str) -> Iterator[Path]:
    """Create an empty folder in WORK_DIR and remove it afterwards."""
    folder = settings.WORK_DIR / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def says_full(error: OSError) -> bool:
    """Whether an error means that the disk, or our quota on it, is full."""
    return error.errno in {errno.ENOSPC, errno.EDQUOT}


def free_bytes(folder: Path) -> int:
    """Return the bytes of the folder's volume that uploads may fill; quotas do not show here."""
    while not folder.exists():
        folder = folder.parent
    return _beyond_reserve(os.statvfs(folder))


def _beyond_reserve(volume: os.statvfs_result) -> int:
    """Leave the reserve free: on a full disk the database stops too."""
    total, free = volume.f_blocks * volume.f_frsize, volume.f_bavail * volume.f_frsize
    reserve = max(settings.DISK_RESERVE_MB * 1024**2, int(total * settings.DISK_RESERVE_PERCENT / 100))
    return max(0, free - reserve)


def write_upload(file: FileIO, content: bytes) -> None:
    """Write all of it. Raises OSError where the disk is full up to the reserve, however many uploads fill it."""
    if len(content) > _beyond_reserve(os.fstatvfs(file.fileno())):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


def is_full(folder: Path) -> bool:
    """Whether the folder has no room for one more megabyte; tested by writing, as quotas show nowhere else."""
    try:
        with (folder / "room").open("wb", buffering=0) as file:
            os.posix_fallocate(file.fileno(), 0, CHUNK)
    except OSError as error:
        return says_full(error)
    finally:
        (folder / "room").unlink(missing_ok=True)
    return False


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
