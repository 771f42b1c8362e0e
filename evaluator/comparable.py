"""Reads the files of per-image statistics of one comparison and refuses those that do not belong together."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evaluator.scorers import make
from evaluator.statistics import Statistics, read_statistics

BROKEN = (ValueError, KeyError, TypeError, IndexError, EOFError, zipfile.BadZipFile, zlib.error)


class NoStatistics(ValueError):
    """A file that cannot be read as per-image statistics."""


class NotComparable(ValueError):
    """Files that no comparison can be made of."""


@dataclass(frozen=True)
class Entry:
    """A team's name and its file of per-image statistics."""

    name: str
    path: Path

    @classmethod
    def parse(cls, text: str) -> Entry:
        """Read NAME=FILE, or FILE, whose stem is then the name."""
        name, equals, path = text.partition("=")
        return cls(name, Path(path)) if equals else cls(Path(text).stem, Path(text))

    def sha256(self) -> str:
        """Hash the file; OSError."""
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def read(self) -> Statistics:
        """Read the file, its images in the order of their ids; NoStatistics, OSError."""
        try:
            statistics = read_statistics(self.path)
            shape = make(statistics.scorer, statistics.options).shape
        except BROKEN as error:
            raise NoStatistics(f"{self.path} is no file that score --stats wrote") from error
        if not statistics.ids or statistics.counts.shape[1:] != shape:
            raise NoStatistics(f"{self.path} holds no counts of the kind that its scorer makes")
        return in_order(statistics)


def in_order(statistics: Statistics) -> Statistics:
    """Sort the images by their ids, so that the order of a manifest has no say in what is drawn."""
    ids = statistics.ids
    order = sorted(range(len(ids)), key=ids.__getitem__)
    if order == list(range(len(ids))):
        return statistics
    return replace(statistics, ids=tuple(ids[place] for place in order), counts=statistics.counts[order])


def require_names(entries: Sequence[Entry]) -> None:
    """Refuse a comparison of nothing, and names that are empty or given twice; NotComparable."""
    if not entries:
        raise NotComparable("give at least one file of statistics")
    for name, times in Counter(entry.name for entry in entries).items():
        if not name or times > 1:
            raise NotComparable(f"give every file a name of its own, as NAME=FILE; {times} have the name {name!r}")


def common(statistics: Statistics) -> dict[str, object]:
    """List what all files of one comparison share."""
    truth = make(statistics.scorer, statistics.options).truth_of(statistics.counts)
    return {
        "scorer": statistics.scorer,
        "options": statistics.options,
        "image ids": statistics.ids,
        "true pixels": hashlib.sha256(np.ascontiguousarray(truth).tobytes()).hexdigest(),
    }


def require_same(one: dict[str, object], other: dict[str, object], paths: tuple[Path, Path]) -> None:
    """Refuse two files that were not scored against the same ground truth in the same way; NotComparable."""
    for what, value in one.items():
        if other[what] != value:
            raise NotComparable(
                f"{paths[0]} and {paths[1]} differ in their {what}: score both against the same ground truth"
            )
