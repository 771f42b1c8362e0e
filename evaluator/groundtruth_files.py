"""Finds the maps in a folder or zip of ground truth: one PNG per image, named by its id, in any folder."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from evaluator.contract import MOST_PIXELS
from evaluator.file_names import composed, other_format
from evaluator.findings import Findings
from evaluator.zip.archive import Archive, Member, check_member_size, open_archive

MAX_FILE_BYTES = 2 * MOST_PIXELS
SYSTEM_NAMES = {  # in lower case; whatever begins with a dot is hidden
    *("__macosx", "icon\r", "@eadir", "#recycle", "$recycle.bin", "system volume information"),
    *("lost+found", "thumbs.db", "desktop.ini", "__pycache__"),
}


class File(NamedTuple):
    """A file by its path within the folder or zip."""

    path: PurePosixPath
    read: Callable[[], bytes]

    @property
    def id(self) -> str:
        """The image that the file belongs to, by its name."""
        return composed(self.path.stem)

    @property
    def extension(self) -> str:
        """The extension in lower case, with its dot."""
        return self.path.suffix.lower()


@contextmanager
def open_files(source: Path) -> Iterator[list[File]]:
    """Yield every file of a folder or zip. Raises OSError, and Rejected with all faults of a zip."""
    if source.is_dir():
        yield [File(PurePosixPath(path.relative_to(source)), path.read_bytes) for path in _paths_below(source)]
    else:
        with open_archive(source) as archive:
            yield [
                File(PurePosixPath(*member.parts), partial(_read_member, archive, member))
                for member in sorted(archive.members)
                if member.parts[-1]
            ]


def find_maps(files: Sequence[File], findings: Findings) -> dict[str, File]:
    """Return the map of each image, in the order of the ids; add what is wrong with names, and what is skipped."""
    visible = list(_without_hidden(files, findings))
    maps = defaultdict(list)
    for file in visible:
        if file.extension == ".png":
            maps[file.id].append(file)
    for same in maps.values():
        if len(same) > 1:
            text = "two files have the name of one image; leave one of them out"
            findings.fault(text, " and ".join(str(file.path) for file in same[:3]))
    if not maps:
        findings.fault("no PNG; give a folder or zip of <image id>.png", "the ground truth")
    others = [file for file in visible if file.extension != ".png"]
    lists = {file.path: names for file in others if maps and (names := _listed_images(file, maps))}
    _compare_with_lists(maps, lists, findings)
    _name_others([file for file in others if file.path not in lists], maps, findings)
    return {image_id: maps[image_id][0] for image_id in sorted(maps)}


def _paths_below(folder: Path) -> Iterator[Path]:
    """Yield files, and links to folders, which are not followed."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            yield from _paths_below(path)
        else:
            yield path


def _read_member(archive: Archive, member: Member) -> bytes:
    check_member_size(member, MAX_FILE_BYTES)
    return archive.read(member)


def _without_hidden(files: Iterable[File], findings: Findings) -> Iterator[File]:
    """Yield the files that are neither hidden nor a system's, nor in such a folder; name the others."""
    hidden: Counter[str] = Counter()
    for file in files:
        parts = file.path.parts
        end = next((end for end, part in enumerate(parts, 1) if _is_hidden(part)), None)
        if end is None:
            yield file
        else:
            hidden[str(PurePosixPath(*parts[:end])) + "/" * (end < len(parts))] += 1
    for name, count in hidden.items():
        inside = f" ({count} file{'s'[: count > 1]})" if name.endswith("/") else ""
        findings.warning("skipped, since it is hidden or a system's", name + inside)


def _is_hidden(part: str) -> bool:
    return (part.startswith(".") and part not in {".", ".."}) or part.lower() in SYSTEM_NAMES


def _listed_images(file: File, maps: Mapping[str, object]) -> set[str]:
    """Return the ids that a text file lists, one a line; none where it is no list of these maps."""
    if file.extension != ".txt":
        return set()
    lines = [line.split() for line in file.read().decode("utf-8-sig", "replace").splitlines() if line.strip()]
    if any(len(words) > 1 for words in lines):
        return set()
    names = {_id_of(word) for (word,) in lines}
    return set() if names.isdisjoint(maps) else names


def _id_of(name: str) -> str:
    """Return the id of an image from its name, with or without folders and the extension of a picture."""
    path = PurePosixPath(name.replace("\\", "/"))
    return composed(path.stem if path.suffix.lower() == ".png" or other_format(path.name) else path.name)


def _compare_with_lists(
    maps: Mapping[str, Sequence[File]], lists: Mapping[PurePosixPath, set[str]], findings: Findings
) -> None:
    """Add the images without a map, and the maps of no image, where the images are listed."""
    if not lists:
        return
    names, listed = " and ".join(map(str, lists)), set().union(*lists.values())
    for image_id in sorted(listed - maps.keys()):
        findings.fault(f"missing, though {names} lists the image", f"{image_id}.png")
    for image_id in sorted(maps.keys() - listed):
        findings.fault(f"an image that {names} does not list; leave it out, or the list", f"{image_id}.png")
    for path in lists:
        findings.warning("taken as the list of images", str(path))


def _name_others(others: Iterable[File], maps: Mapping[str, object], findings: Findings) -> None:
    """Name the files that are no PNG: a picture without a map of its name would be missing."""
    for file in others:
        if other_format(file.path.name) and file.id not in maps:
            findings.fault("no PNG; save the map as PNG, or leave the file out", str(file.path))
        else:
            findings.warning("skipped, since it is no PNG", str(file.path))
