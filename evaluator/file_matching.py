"""Matches the files of an archive to the images of a split, by their names only."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from evaluator.contract import Manifest, Rejected, ValidationIssue, shown
from evaluator.zip.archive import Member

JUNK_FOLDER = "__MACOSX"
JUNK_PREFIX = "._"
MAC_FOLDER_ICON = "Icon\r"
NAMES_PER_WARNING = 5
MAX_PATH = 4096  # characters; no file system takes more
UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)  # control characters, and bidi overrides


class FileMatch(NamedTuple):
    """The file of each image that has one, the problems of the names, and warnings of ignored files."""

    members: dict[str, Member]
    problems: list[ValidationIssue]
    warnings: tuple[str, ...]


def match_files(members: Sequence[Member], manifest: Manifest) -> FileMatch:
    """Match each image to its file by base name, in any folder; problems are in the order of the manifest.

    Raises Rejected (empty_archive).
    """
    kept = [member for member in members if member.parts[-1] and not _is_junk(member)]
    pngs = group_by_id(kept)
    similar = _similar_names(pngs, manifest)
    problems = [problem for member in sorted(members) for problem in _unsafe(member)]
    if not pngs:
        raise Rejected(problems or [_empty(kept)])
    others = {_stem(member): member for member in kept if not _is_png(member)}
    unknown_id = next(iter(pngs)) if manifest.ids.isdisjoint(pngs) else None
    for image in manifest.images:
        files = pngs.get(image.id, [])
        if files:
            files = files + similar.get(_folded(image.id), [])
        if len(files) > 1:
            problems.append(_duplicate(files))
        elif not files:
            problems.append(_missing(image.id, others.get(image.id), unknown_id, len(pngs)))
    known = {name: files[0] for name, files in pngs.items() if name in manifest.ids}
    unknown = [file for name, files in pngs.items() if name not in manifest.ids for file in files]
    return FileMatch(known, problems, tuple(_warnings(unknown)))


def group_by_id(members: Iterable[Member]) -> dict[str, list[Member]]:
    """Group the PNGs by id: the base name without its extension."""
    found = defaultdict(list)
    for member in members:
        if _is_png(member) and not _is_junk(member):
            found[_stem(member)].append(member)
    return dict(found)


def _stem(member: Member) -> str:
    return member.parts[-1].rpartition(".")[0]


def _is_png(member: Member) -> bool:
    return member.parts[-1].lower().endswith(".png")


def _is_junk(member: Member) -> bool:
    return JUNK_FOLDER in member.parts or member.parts[-1].startswith(JUNK_PREFIX)


def _similar_names(pngs: dict[str, list[Member]], manifest: Manifest) -> dict[str, list[Member]]:
    """Group the PNGs of no image by what many file systems take for the same name: other case or normalization."""
    found = defaultdict(list)
    for name, files in pngs.items():
        if name not in manifest.ids:
            found[_folded(name)].extend(files)
    return found


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _unsafe(member: Member) -> Iterator[ValidationIssue]:
    """Yield the problem of a name that could do harm, whichever file it is."""
    found = _what_is_unsafe(member)
    if found:
        fix = "Zip the PNG files from inside their folder: cd results && zip ../results.zip *.png"
        yield ValidationIssue("unsafe_path", member.name, found, "a plain name such as results/a.png", fix)


def _what_is_unsafe(member: Member) -> str:
    first = member.parts[0]
    if ".." in member.parts:
        return "a name that leads out of the archive by '..'"
    if not first or first[1:2] == ":" or first.endswith(":"):
        return "an absolute name" if member.name else "a file without a name"
    if UNPRINTABLE.search(member.name) and member.parts[-1] != MAC_FOLDER_ICON:
        return "a name with control characters"
    return f"a name of {len(member.name):,} characters" if len(member.name) > MAX_PATH else ""


def _empty(members: Sequence[Member]) -> ValidationIssue:
    fix = "Put the PNG files into one zip, at its root or in a folder."
    if not members:
        return ValidationIssue("empty_archive", "", "no file at all", "one PNG per image", fix)
    suffix = PurePosixPath(members[0].parts[-1]).suffix
    if suffix.lower() == ".zip":
        fix = "This is a zip inside a zip: send the inner one."
    found = f"no PNG among {len(members)} file(s), the first is {shown(members[0].name)}"
    return ValidationIssue("empty_archive", "", found, "one PNG per image", fix)


def _duplicate(files: Sequence[Member]) -> ValidationIssue:
    found = " and ".join(shown(member.name) for member in files[:3])
    more = f" and {len(files) - 3} more" if len(files) > 3 else ""
    fix = "Leave one of them out: folders do not count, only the file's own name."
    return ValidationIssue("duplicate_id", files[1].name, found + more, "one file for this image", fix)


def _missing(image: str, other: Member | None, unknown_id: str | None, pngs: int) -> ValidationIssue:
    """Report an image without a PNG; `other` is its file of another format, `unknown_id` any id if none fits."""
    name = shown(f"{image}.png")
    found = f"no file of this name among {pngs} PNG file(s)"
    fix = "Add this map to the archive, in any folder."
    if other:
        found = f"only {shown(other.name)}, which is no PNG"
        fix = "Save this map as PNG: other formats are not read, and JPEG changes labels and grey levels."
    elif unknown_id:
        fix = f"Name each file by its image's id: {name}, not {shown(unknown_id)}.png."
    return ValidationIssue("missing_file", name, found, "one PNG for every image of the split", fix)


def _warnings(unknown: Sequence[Member]) -> Iterator[str]:
    if unknown:
        names = [shown(member.name) for member in unknown[:NAMES_PER_WARNING]]
        more = ["…"] if len(unknown) > NAMES_PER_WARNING else []
        count = "1 file belongs" if len(unknown) == 1 else f"{len(unknown)} files belong"
        verb = "was" if len(unknown) == 1 else "were"
        yield f"{count} to no image of this split and {verb} ignored: {', '.join(names + more)}"
