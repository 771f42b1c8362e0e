"""Finds each image's file among the names in an archive; looks at names only, never at contents."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from evaluator.archive import Member
from evaluator.contract import Manifest, Problem, Rejected, shown

JUNK_FOLDER = "__MACOSX"
JUNK_PREFIX = "._"
MAC_FOLDER_ICON = "Icon\r"
NAMES_IN_A_WARNING = 5
LONGEST_PATH = 4096  # letters; no file system takes more
TRICKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # control characters, and bidi overrides


class Names(NamedTuple):
    """The file of each image that has one, what is wrong with the names, and what was ignored."""

    members: dict[str, Member]
    problems: list[Problem]
    warnings: tuple[str, ...]


def match(members: Sequence[Member], manifest: Manifest) -> Names:
    """Give each image its file by base name, at any depth; problems stand in the manifest's order.

    Rejected: empty_archive.
    """
    kept = [member for member in members if member.parts[-1] and not _is_junk(member)]
    pictures = by_id(kept)
    twins = _look_alikes(pictures, manifest)
    problems = [problem for member in sorted(members) for problem in _unsafe(member)]
    if not pictures:
        raise Rejected(problems or [_empty(kept)])
    others = {_stem(member): member for member in kept if not _is_png(member)}
    stranger = next(iter(pictures)) if manifest.ids.isdisjoint(pictures) else None
    for image in manifest.images:
        files = pictures.get(image.id, [])
        if files:
            files = files + twins.get(_folded(image.id), [])
        if len(files) > 1:
            problems.append(_duplicate(files))
        elif not files:
            problems.append(_missing(image.id, others.get(image.id), stranger, len(pictures)))
    known = {name: files[0] for name, files in pictures.items() if name in manifest.ids}
    strangers = [file for name, files in pictures.items() if name not in manifest.ids for file in files]
    return Names(known, problems, tuple(_warnings(strangers)))


def by_id(members: Iterable[Member]) -> dict[str, list[Member]]:
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


def _look_alikes(pictures: dict[str, list[Member]], manifest: Manifest) -> dict[str, list[Member]]:
    """Group the PNGs of no image by what many file systems take for the same name: other case or composition."""
    found = defaultdict(list)
    for name, files in pictures.items():
        if name not in manifest.ids:
            found[_folded(name)].extend(files)
    return found


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _unsafe(member: Member) -> Iterator[Problem]:
    """Refuse a name that no honest program gives a map, whichever file it is."""
    found = _danger(member)
    if found:
        fix = "Zip the PNG files from inside their folder: cd results && zip ../results.zip *.png"
        yield Problem("unsafe_path", member.name, found, "a plain name such as results/a.png", fix)


def _danger(member: Member) -> str:
    first = member.parts[0]
    if ".." in member.parts:
        return "a name that leads out of the archive by '..'"
    if not first or first[1:2] == ":" or first.endswith(":"):
        return "an absolute name" if member.name else "a file without a name"
    if TRICKS.search(member.name) and member.parts[-1] != MAC_FOLDER_ICON:
        return "a name with control characters"
    return f"a name of {len(member.name):,} letters" if len(member.name) > LONGEST_PATH else ""


def _empty(members: Sequence[Member]) -> Problem:
    fix = "Put the PNG files into one zip, at its root or in a folder."
    if not members:
        return Problem("empty_archive", "", "no file at all", "one PNG per image", fix)
    suffix = PurePosixPath(members[0].parts[-1]).suffix
    if suffix.lower() == ".zip":
        fix = "This is a zip inside a zip: send the inner one."
    found = f"no PNG among {len(members)} file(s), the first is {shown(members[0].name)}"
    return Problem("empty_archive", "", found, "one PNG per image", fix)


def _duplicate(files: Sequence[Member]) -> Problem:
    found = " and ".join(shown(member.name) for member in files[:3])
    more = f" and {len(files) - 3} more" if len(files) > 3 else ""
    fix = "Leave one of them out: folders do not count, only the file's own name."
    return Problem("duplicate_id", files[1].name, found + more, "one file for this image", fix)


def _missing(image: str, other: Member | None, stranger: str | None, pictures: int) -> Problem:
    """Say that an image has no PNG; `other` is its file of another kind, `stranger` any id if none fits."""
    name = shown(f"{image}.png")
    found = f"no file of this name among {pictures} PNG file(s)"
    fix = "Add this map to the archive, in any folder."
    if other:
        found = f"only {shown(other.name)}, which is no PNG"
        fix = "Save this map as PNG: other formats are not read, and JPEG changes labels and grey levels."
    elif stranger:
        fix = f"Name each file by its image's id: {name}, not {shown(stranger)}.png."
    return Problem("missing_file", name, found, "one PNG for every image of the split", fix)


def _warnings(strangers: Sequence[Member]) -> Iterator[str]:
    if strangers:
        names = [shown(member.name) for member in strangers[:NAMES_IN_A_WARNING]]
        more = ["…"] if len(strangers) > NAMES_IN_A_WARNING else []
        count = "1 file belongs" if len(strangers) == 1 else f"{len(strangers)} files belong"
        verb = "was" if len(strangers) == 1 else "were"
        yield f"{count} to no image of this split and {verb} ignored: {', '.join(names + more)}"
