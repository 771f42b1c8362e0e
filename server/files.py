"""Files of the server's own: hashes, safe renames, and folders that go away."""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.http import FileResponse

CHUNK = 1024**2


def sha256_of(path: Path, heed: Callable[[], None] = lambda: None) -> str:
    """The file's hash; `heed` is called after every megabyte and stops it by raising."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            heed()
    return digest.hexdigest()


def attachment(path: Path, name: str, content_type: str) -> FileResponse:
    """A file for downloading under a name of ours; FileNotFoundError."""
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=content_type)


def keep(path: Path, target: Path) -> None:
    """Rename a file so that under its new name it is whole on disk, and only its owner's to read."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o600)
    sync(path)
    path.rename(target)
    sync(target.parent)


@contextmanager
def work_folder(name: str) -> Iterator[Path]:
    """A folder of one piece of work's own, gone afterwards."""
    folder = settings.WORK_DIR / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def says_full(error: OSError) -> bool:
    """Whether an error says that there is no room left, on the disk or in our share of it."""
    return error.errno in {errno.ENOSPC, errno.EDQUOT}


def free_bytes(folder: Path) -> int:
    """How much more the folder's volume takes, as far as the volume itself knows."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def is_full(folder: Path) -> bool:
    """Whether a megabyte more finds no room in the folder; found by writing, as quotas show nowhere else."""
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
