"""Matches the files of an archive to the images of a split, by their names only."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from evaluator.contract import Manifest, Rejected, ValidationIssue, shown
from evaluator.file_names import composed, difference, ids_meant, look_of, other_format
from evaluator.zip.archive import Member

JUNK_FOLDER = "__MACOSX"
JUNK_PREFIX = "._"
MAC_FOLDER_ICON = "Icon\r"
NAMES_PER_WARNING = 5
MAX_PATH = 4096  # characters; no file system takes more
UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)  # control characters, and bidi overrides
DRIVE = re.compile(r"[A-Za-z]:")
AS_PNG = "Save each map as PNG: other formats are not read, and JPEG changes labels and grey levels."
OtherSplits = Iterable[tuple[str, Manifest]]  # title and manifest of each; read only where no name fits


class FileMatch(NamedTuple):
    """The file of each image that has one, the problems of the names, and warnings of ignored files."""

    members: dict[str, Member]
    problems: list[ValidationIssue]
    warnings: tuple[str, ...]


def match_files(members: Sequence[Member], manifest: Manifest, others: OtherSplits = ()) -> FileMatch:
    """Match each image to its file by base name, in any folder; problems are in the order of the manifest.

    A name that is no id is taken for the one id that it means (`ids_meant`), unless another file means it too.
    Raises Rejected (empty_archive), and Rejected (missing_file) for an archive of one of the `others`.
    """
    kept = [member for member in members if member.parts[-1] and not _is_junk(member)]
    pngs = _pngs_by_name(kept)
    problems = [problem for member in sorted(members) for problem in _unsafe(member)]
    if not pngs:
        raise Rejected(problems or [_empty(kept)])
    claims = _Claims(pngs, manifest)
    if not claims.files and (other := _of_another_split(pngs, others)):
        raise Rejected([*problems, other])
    known, missing = {}, _Missing(kept, claims, manifest)
    for image in manifest.images:
        files = claims.files.get(image.id, [])
        if len(files) > 1:
            problems.append(_duplicate(files, image.id))
        elif files and claims.ids[_stem(files[0])] == [image.id]:
            known[image.id] = files[0]
        else:
            problems.append(missing.problem(image.id, files))
    unknown = [file for name in claims.strangers for file in pngs[name]]
    return FileMatch(known, problems, (*_renamed(known), *_unknown(unknown)))


class _Claims:
    """Which ids each name means, and the files that claim each id, exact names first."""

    def __init__(self, pngs: dict[str, list[Member]], manifest: Manifest) -> None:
        self.ids = ids_meant(pngs, [image.id for image in manifest.images])
        self.files: dict[str, list[Member]] = defaultdict(list)
        for name, ids in self.ids.items():
            for image in ids:
                self.files[image].extend(pngs[name])
        self.strangers = [name for name in pngs if name not in self.ids]
        self.count = len(pngs)


def _pngs_by_name(members: Iterable[Member]) -> dict[str, list[Member]]:
    """Group the PNGs by their base name without its extension."""
    found = defaultdict(list)
    for member in members:
        if _is_png(member):
            found[_stem(member)].append(member)
    return dict(found)


def _stem(member: Member) -> str:
    return member.parts[-1].rpartition(".")[0]


def _is_png(member: Member) -> bool:
    return member.parts[-1].lower().endswith(".png")


def _is_junk(member: Member) -> bool:
    return JUNK_FOLDER in member.parts or member.parts[-1].startswith(JUNK_PREFIX)


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
    drive = DRIVE.match(first)
    if not first or (drive and (len(first) == 2 or member.parts == (first,))):
        return "an absolute name" if member.name else "a file without a name"
    if first.endswith(":") and member.parts[1:2] == ("",):
        return "an address, not a file's name"
    if UNPRINTABLE.search(member.name) and member.parts[-1] != MAC_FOLDER_ICON:
        return "a name with control characters"
    return f"a name of {len(member.name):,} characters" if len(member.name) > MAX_PATH else ""


def _empty(members: Sequence[Member]) -> ValidationIssue:
    found = "no file at all"
    fix = "Put the PNG files into one zip, at its root or in a folder."
    kinds = Counter(kind for member in members if (kind := other_format(member.parts[-1])))
    kind, count = next(iter(kinds.most_common(1)), ("", 0))
    if kind and 2 * count >= len(members):
        first = next(member for member in members if other_format(member.parts[-1]) == kind)
        found = f"no PNG among {len(members)} file(s): {count} {kind}, the first is {shown(first.name)}"
        fix = AS_PNG
    elif members:
        found = f"no PNG among {len(members)} file(s), the first is {shown(members[0].name)}"
        if members[0].parts[-1].lower().endswith(".zip"):
            fix = "This is a zip inside a zip: send the inner one."
    return ValidationIssue("empty_archive", "", found, "one PNG per image", fix)


def _of_another_split(pngs: dict[str, list[Member]], others: OtherSplits) -> ValidationIssue | None:
    """Report that most names are ids of other splits, where they are."""
    fitting = {title: len(ids_meant(pngs, other.ids)) for title, other in others}
    most = max(fitting.values(), default=0)
    if 2 * most < len(pngs):
        return None
    titles = " or ".join(f"“{title}”" for title, count in fitting.items() if count == most)
    found = f"{most} of {len(pngs)} PNG file(s) have names of {titles}, and none of this split"
    fix = f"Submit this archive to {titles}, or the maps of this split here."
    return ValidationIssue("missing_file", "", found, "one PNG for every image of the split", fix)


def _duplicate(files: Sequence[Member], image: str) -> ValidationIssue:
    found = " and ".join(shown(member.name) for member in files[:3])
    more = f" and {len(files) - 3} more" if len(files) > 3 else ""
    how = next((how for file in files[1:3] if (how := difference(_stem(file), _stem(files[0])))), "")
    fix = "Leave one of them out: folders do not count, only the file's own name."
    if how:
        more += f"; they differ by {how}"
        fix = f"Leave one of them out: both mean the image {shown(image)}."
    return ValidationIssue("duplicate_id", files[1].name, found + more, "one file for this image", fix)


class _Missing:
    """Reports images without a PNG, and what may have been meant for them."""

    def __init__(self, kept: Sequence[Member], claims: _Claims, manifest: Manifest) -> None:
        self._claims = claims
        self._others = {composed(_stem(member)): member for member in kept if not _is_png(member)}
        self._examples: dict[str, str] = {}  # of each reason, so that equal problems have equal words
        self._looks = {look_of(name): name for name in reversed(claims.strangers)}
        self._first = manifest.images[0].id

    def problem(self, image: str, unclear: Sequence[Member]) -> ValidationIssue:
        """Report an image without a PNG; `unclear` is a file that may be meant for this image or another."""
        found, fix = self._words(image, unclear)
        return ValidationIssue(
            "missing_file", shown(f"{image}.png"), found, "one PNG for every image of the split", fix
        )

    def _words(self, image: str, unclear: Sequence[Member]) -> tuple[str, str]:
        found = f"no file of this name among {self._claims.count} PNG file(s)"
        if unclear:
            ids = " and ".join(f"{shown(id_)}.png" for id_ in self._claims.ids[_stem(unclear[0])])
            found = f"only {shown(unclear[0].name)}, which may mean {ids}"
            return found, "Name each file exactly by its image's id."
        if other := self._others.get(composed(image)):
            kind = other_format(other.parts[-1]) or "another"
            example = self._examples.setdefault(kind, other.name)
            found = f"only a file of {kind} format, such as {shown(example)}"
            return found, AS_PNG
        if alike := self._looks.get(look_of(image)):
            how = difference(alike, image)
            example = self._examples.setdefault(how, alike)
            found = f"only a file whose name looks like it, such as {shown(example)}.png, which differs by {how}"
            return found, "Rename such files to their images' ids, as the split's manifest has them."
        if not self._claims.files:
            return found, self._name_by_id(self._claims.strangers[0])
        return found, "Add this map to the archive, in any folder."

    def _name_by_id(self, stranger: str) -> str:
        fix = f"Name each file by its image's id: {shown(self._first)}.png, not {shown(stranger)}.png"
        if not (self._first + stranger).isascii():
            fix += f" (the first difference is {difference(stranger, self._first)})"
        return f"{fix}."


def _renamed(known: dict[str, Member]) -> Iterator[str]:
    """Warn of files that were taken for an image of another name, but for the form of its letters."""
    taken = [(image, _stem(file)) for image, file in known.items() if composed(image) != composed(_stem(file))]
    if taken:
        names = (f"{shown(name)}.png for {shown(id_)} ({difference(name, id_)})" for id_, name in taken)
        count = "1 file was" if len(taken) == 1 else f"{len(taken)} files were"
        yield f"{count} taken although the name differs: {_first_few(names)}"


def _unknown(unknown: Sequence[Member]) -> Iterator[str]:
    if unknown:
        names = (shown(member.name) for member in unknown)
        count = "1 file belongs" if len(unknown) == 1 else f"{len(unknown)} files belong"
        verb = "was" if len(unknown) == 1 else "were"
        yield f"{count} to no image of this split and {verb} ignored: {_first_few(names)}"


def _first_few(names: Iterator[str]) -> str:
    first = list(islice(names, NAMES_PER_WARNING))
    return ", ".join([*first, *("…" for _ in islice(names, 1))])
