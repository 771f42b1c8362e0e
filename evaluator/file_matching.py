"""Matches the files of an archive to the images of a split, by their names only."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from evaluator.contract import Manifest, Rejected, ValidationIssue, shown
from evaluator.file_names import composed, difference, ids_meant, look_of, other_format
from evaluator.problem_texts import phrase, problem
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
    problems = [unsafe for member in sorted(members) for unsafe in _unsafe(member)]
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
    key = _what_is_unsafe(member)
    if key:
        yield problem(key, member.name, length=len(member.name))


def _what_is_unsafe(member: Member) -> str:
    first = member.parts[0]
    if ".." in member.parts:
        return "climbs"
    drive = DRIVE.match(first)
    if not first or (drive and (len(first) == 2 or member.parts == (first,))):
        return "absolute" if member.name else "nameless"
    if first.endswith(":") and member.parts[1:2] == ("",):
        return "address"
    if UNPRINTABLE.search(member.name) and member.parts[-1] != MAC_FOLDER_ICON:
        return "control"
    return "long_name" if len(member.name) > MAX_PATH else ""


def _empty(members: Sequence[Member]) -> ValidationIssue:
    if not members:
        return problem("no_file")
    kinds = Counter(kind for member in members if (kind := other_format(member.parts[-1])))
    kind, count = next(iter(kinds.most_common(1)), ("", 0))
    if kind and 2 * count >= len(members):
        first = next(member for member in members if other_format(member.parts[-1]) == kind)
        return problem("other_formats", count=len(members), alike=count, kind=kind, name=shown(first.name))
    key = "zip_inside" if members[0].parts[-1].lower().endswith(".zip") else "no_png"
    return problem(key, count=len(members), name=shown(members[0].name))


def _of_another_split(pngs: dict[str, list[Member]], others: OtherSplits) -> ValidationIssue | None:
    """Report that most names are ids of other splits, where they are."""
    fitting = {title: len(ids_meant(pngs, other.ids)) for title, other in others}
    most = max(fitting.values(), default=0)
    if 2 * most < len(pngs):
        return None
    titles = " or ".join(f"“{title}”" for title, count in fitting.items() if count == most)
    return problem("other_split", most=most, count=len(pngs), titles=titles)


def _duplicate(files: Sequence[Member], image: str) -> ValidationIssue:
    names = " and ".join(shown(member.name) for member in files[:3])
    if len(files) > 3:
        names = phrase("more_files", files=names, more=len(files) - 3)
    how = next((how for file in files[1:3] if (how := difference(_stem(file), _stem(files[0])))), "")
    return problem("twice_alike" if how else "twice", files[1].name, files=names, how=how, image=shown(image))


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
        key, gaps = self._reason(image, unclear)
        return problem(key, shown(f"{image}.png"), **gaps)

    def _reason(self, image: str, unclear: Sequence[Member]) -> tuple[str, dict[str, object]]:
        if unclear:
            ids = " and ".join(f"{shown(id_)}.png" for id_ in self._claims.ids[_stem(unclear[0])])
            return "unclear", {"name": shown(unclear[0].name), "ids": ids}
        if other := self._others.get(composed(image)):
            kind = other_format(other.parts[-1]) or phrase("another")
            return "other_format", {"kind": kind, "name": shown(self._examples.setdefault(kind, other.name))}
        if alike := self._looks.get(look_of(image)):
            how = difference(alike, image)
            return "looks_alike", {"name": shown(self._examples.setdefault(how, alike)), "how": how}
        count = self._claims.count
        if not self._claims.files:
            return "missing_all", {"count": count, **self._name_by_id(self._claims.strangers[0])}
        return "missing", {"count": count}

    def _name_by_id(self, stranger: str) -> dict[str, object]:
        hint = ""
        if not (self._first + stranger).isascii():
            hint = phrase("first_difference", difference=difference(stranger, self._first))
        return {"id": shown(self._first), "name": shown(stranger), "hint": hint}


def _renamed(known: dict[str, Member]) -> Iterator[str]:
    """Warn of files that were taken for an image of another name, but for the form of its letters."""
    taken = [(image, _stem(file)) for image, file in known.items() if composed(image) != composed(_stem(file))]
    if taken:
        names = (f"{shown(name)}.png for {shown(id_)} ({difference(name, id_)})" for id_, name in taken)
        key = "renamed_one" if len(taken) == 1 else "renamed"
        yield phrase(key, count=len(taken), names=_first_few(names))


def _unknown(unknown: Sequence[Member]) -> Iterator[str]:
    if unknown:
        names = (shown(member.name) for member in unknown)
        key = "stranger" if len(unknown) == 1 else "strangers"
        yield phrase(key, count=len(unknown), names=_first_few(names))


def _first_few(names: Iterator[str]) -> str:
    first = list(islice(names, NAMES_PER_WARNING))
    return ", ".join([*first, *("…" for _ in islice(names, 1))])
