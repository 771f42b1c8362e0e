"""Reads the per-image counts of one comparison, and refuses files of different ground truth, scorer or options."""

from __future__ import annotations

import csv
import hashlib
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evaluator.per_image_counts import PerImageCounts, read_per_image_counts
from evaluator.scorers import make
from evaluator.zip.archive import open_file

BROKEN = (ValueError, KeyError, TypeError, IndexError, EOFError, zipfile.BadZipFile, zlib.error)


class InvalidPerImageCounts(ValueError):
    """A file that cannot be read as per-image counts."""


class NotComparable(ValueError):
    """Files that cannot be compared with each other."""


@dataclass(frozen=True)
class Entry:
    """A submission's name and its file of per-image counts.

    Those that are `ranked` are the rows of a board; those of the same `team` are compared with each other as well.
    """

    name: str
    path: Path
    team: str = ""
    ranked: bool = True

    @classmethod
    def parse(cls, text: str) -> Entry:
        """Parse NAME=FILE, or FILE, whose stem is then the name; a text that names a file is a FILE."""
        if "=" not in text or Path(text).exists():
            return cls(Path(text).stem, Path(text))
        words = text.split("=")
        splits = [("=".join(words[:count]), Path("=".join(words[count:]))) for count in range(1, len(words))]
        return cls(*next((split for split in splits if split[1].exists()), splits[0]))

    @classmethod
    def read_list(cls, path: Path) -> list[Entry]:
        """Read a JSON list of {"name", "file"}, "team" and "ranked" optional. Raises NotComparable, OSError."""
        try:
            listed = json.loads(path.read_bytes())
            if not isinstance(listed, list):
                raise TypeError
            return [
                cls(str(one["name"]), Path(one["file"]), str(one.get("team", "")), bool(one.get("ranked", True)))
                for one in listed
            ]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotComparable(f"{path} is no JSON list of objects with a name and a file") from error

    def sha256(self) -> str:
        """Return the SHA-256 of the file. Raises OSError."""
        with open_file(self.path) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def read(self) -> PerImageCounts:
        """Read the file, and sort its images by their ids. Raises InvalidPerImageCounts, OSError."""
        try:
            per_image = read_per_image_counts(self.path)
            shape = make(per_image.scorer, per_image.options).shape
        except BROKEN as error:
            raise InvalidPerImageCounts(f"{self.path} is no file that score --stats wrote") from error
        if not per_image.ids or per_image.counts.shape[1:] != shape:
            raise InvalidPerImageCounts(f"{self.path} holds no counts of the kind that its scorer makes")
        return in_order(per_image)


def in_order(per_image: PerImageCounts) -> PerImageCounts:
    """Sort the images by their ids, so that the order of the manifest does not change a bit."""
    ids = per_image.ids
    order = sorted(range(len(ids)), key=ids.__getitem__)
    if order == list(range(len(ids))):
        return per_image
    return replace(per_image, ids=tuple(ids[index] for index in order), counts=per_image.counts[order])


Groups = Mapping[str, str]  # by the id of an image, its group: a video, a scene


def read_groups(path: Path) -> Groups:
    """Read a CSV file of image id and group, without a header. Raises NotComparable, OSError."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        try:
            return {image.strip(): group.strip() for image, group in csv.reader(file)}
        except (ValueError, csv.Error) as error:
            raise NotComparable(f"{path} must have two columns in each line: image id, group") from error


def units_of(per_image: PerImageCounts, groups: Groups | None) -> npt.NDArray[np.integer]:
    """Return the counts of what is left out at a time: of each image, or of each group of images.

    Raises NotComparable where an image has no group.
    """
    if groups is None:
        return per_image.counts
    try:
        members = [groups[image] for image in per_image.ids]
    except KeyError as error:
        raise NotComparable(f"image {error.args[0]!r} has no group") from error
    names, which = np.unique(members, return_inverse=True)
    units = np.zeros((len(names), *per_image.counts.shape[1:]), np.int64)
    np.add.at(units, which, per_image.counts)
    return units


def require_names(entries: Sequence[Entry]) -> None:
    """Raises NotComparable for no entries at all, and for names that are empty or given twice."""
    if not entries:
        raise NotComparable("give at least one file of per-image counts")
    for name, times in Counter(entry.name for entry in entries).items():
        if not name or times > 1:
            raise NotComparable(f"give every file a name of its own, as NAME=FILE; {times} have the name {name!r}")


def common(per_image: PerImageCounts) -> dict[str, object]:
    """Return what all files of one comparison must have in common."""
    target = make(per_image.scorer, per_image.options).target_counts(per_image.counts)
    return {
        "scorer": per_image.scorer,
        "options": per_image.options,
        "image ids": per_image.ids,
        "target pixels": hashlib.sha256(np.ascontiguousarray(target).tobytes()).hexdigest(),
    }


def require_same(one: dict[str, object], other: dict[str, object], paths: tuple[Path, Path]) -> None:
    """Raises NotComparable for two files of different ground truth, scorer or options."""
    for what, value in one.items():
        if other[what] != value:
            raise NotComparable(
                f"{paths[0]} and {paths[1]} differ in their {what}: score both against the same ground truth"
            )
