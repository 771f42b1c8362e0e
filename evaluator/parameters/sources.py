"""The weight files that were given, by name, and those that lie beside them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from evaluator.parameters.refusals import unsafe
from evaluator.zip.archive import open_file

MOST_FILES = 1000


@dataclass(frozen=True)
class Source:
    """One file: its name, and where it is. The two differ where a server gives an open descriptor."""

    name: str
    path: Path

    @contextmanager
    def open(self) -> Iterator[OpenSource]:
        """Open it for reading. Raises NotAFile, OSError."""
        with open_file(self.path) as stream:
            yield OpenSource(self.name, stream.fileno(), os.fstat(stream.fileno()).st_size)

    @property
    def size(self) -> int:
        """Its length in bytes. Raises NotAFile, OSError."""
        with self.open() as opened:
            return opened.size


@dataclass(frozen=True)
class OpenSource:
    """An open file, read at any place."""

    name: str
    descriptor: int
    size: int

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes of the file, fewer where it ends before."""
        return os.pread(self.descriptor, length, offset)


class Sources:
    """All files that were given; one that is part of another's model is taken from here, and not read again."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self.given = {source.name: source for source in sources}
        self.used = set[str]()

    def beside(self, source: Source, location: str) -> Source | None:
        """Return the file at a relative path from `source`; None where there is none. Raises Rejected."""
        path = PurePosixPath(location)
        if not location or "\\" in location or "\0" in location or path.is_absolute() or ".." in path.parts:
            raise unsafe(source.name, location)
        name = str(PurePosixPath(source.name).parent / path)
        if name in self.given:
            self.used.add(name)
            return self.given[name]
        return self._on_disk(source, location) if source.name == str(source.path) else None

    def _on_disk(self, source: Source, location: str) -> Source | None:
        folder = source.path.parent
        path = folder / location
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                return None
            if not path.resolve().is_relative_to(folder.resolve()):
                raise unsafe(source.name, location)
        except (OSError, ValueError):  # none there, or a name that no file can have
            return None
        return Source(str(path), path)
