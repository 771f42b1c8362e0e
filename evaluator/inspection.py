"""Validates an archive's names and PNG headers by the manifest.

Needs neither numpy nor Pillow, nor does what it imports, and runs on Python 3.9, for the client.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from evaluator.contract import ImageEntry, Manifest, Progress, Rejected
from evaluator.file_matching import OtherSplits, match_files
from evaluator.png import header as png_header
from evaluator.zip.archive import Archive, Limits, Member, check_member_size, open_archive

CHUNK = 64  # images between two reports of progress, and in a task of scoring
CHECKING = "checking"
ENTRIES_PER_IMAGE, FURTHER_ENTRIES = 4, 10_000  # of a zip: its file, what macOS adds, and two unknown files


class MapRules(NamedTuple):
    """What the headers of a scorer's maps may say; `resizes`: a map of another size than its image is accepted."""

    pixels: png_header.PixelFormat
    resizes: bool


class Inspected(NamedTuple):
    """An open archive whose names and headers are right."""

    archive: Archive
    members: dict[str, Member]
    has_palettes: bool
    warnings: tuple[str, ...]


@contextmanager
def inspected(
    path: Path, manifest: Manifest, rules: MapRules, progress: Progress | None = None, others: OtherSplits = ()
) -> Iterator[Inspected]:
    """Open an archive after validating its names and PNG headers. Raises Rejected with every problem of theirs."""
    with open_archive(path, _limits(manifest, rules)) as archive:
        found = match_files(archive.members, manifest, others)
        problems, pixels, has_palettes = list(found.problems), 0, False
        for done, image in enumerate(manifest.images, 1):
            if image.id in found.members:
                try:
                    header = _check_header(archive, found.members[image.id], image, manifest, rules)
                    pixels += header.pixels
                    has_palettes |= header.colour_type == png_header.PALETTE
                except Rejected as rejection:
                    problems.extend(rejection.problems)
            if progress and (done % CHUNK == 0 or done == len(manifest.images)):
                progress(CHECKING, done, len(manifest.images))
        if problems:
            raise Rejected(problems)
        png_header.check_total(pixels, manifest)
        yield Inspected(archive, found.members, has_palettes, found.warnings)


def _limits(manifest: Manifest, rules: MapRules) -> Limits:
    """Allow the largest map of each image, and some entries."""
    unpacked = sum(_largest(image, manifest, rules) for image in manifest.images)
    return Limits(ENTRIES_PER_IMAGE * len(manifest.images) + FURTHER_ENTRIES, unpacked)


def _largest(image: ImageEntry, manifest: Manifest, rules: MapRules) -> int:
    return png_header.largest_file(manifest.max_pixels if rules.resizes else image.pixels)


def _check_header(
    archive: Archive, member: Member, image: ImageEntry, manifest: Manifest, rules: MapRules
) -> png_header.Header:
    """Check what the header of a map tells, inflating no more than that. Raises Rejected."""
    check_member_size(member, _largest(image, manifest, rules))
    header = png_header.read_header(archive.start(member, png_header.HEADER_LENGTH), member.name)
    png_header.check_kind(header, rules.pixels, member.name)
    if rules.resizes:
        png_header.check_bounds(header, manifest, member.name)
    png_header.check_size(header, image, member.name, resizes=rules.resizes)
    return header
