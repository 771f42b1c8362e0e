"""Files of the server's own: hashes, safe renames, and folders that go away."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keep(path: Path, target: Path) -> None:
    """Rename a file so that it is whole on disk under its new name, whatever happens next."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _sync(path)
    path.rename(target)
    _sync(target.parent)


@contextmanager
def work_folder(name: str) -> Iterator[Path]:
    """A folder of one piece of work's own, gone afterwards."""
    folder = settings.WORK_DIR / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
