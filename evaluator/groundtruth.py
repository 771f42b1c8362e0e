"""The pack: a split's ground truth decoded once into one file, with its scorer, options and public manifest.

A pack is the magic, each picture's runs, a zlib stream of the index (the manifest as JSON, with every picture's
offset, length and checksum beside it), and a footer that says where the index lies.
"""

from __future__ import annotations

import json
import os
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import IO, NamedTuple

from evaluator import compiled, png
from evaluator.archive import Archive, Member, check_readable, open_archive, open_file
from evaluator.contract import MOST_PIXELS, PACK_STARTS, ImageEntry, Manifest, Progress, Rejected
from evaluator.inflate import crc32
from evaluator.names import by_id
from evaluator.runs import Pixels, Runs
from evaluator.scorers import Scorer, make, options_of

MAGIC = PACK_STARTS + b"2"
FOOTER = struct.Struct("<QQ8s")  # offset and length of the index, then the magic again
LARGEST_PICTURE = 2 * MOST_PIXELS  # bytes of one ground-truth PNG


class Span(NamedTuple):
    """Where a pack holds the runs of a picture, and their checksum."""

    offset: int
    length: int
    checksum: int


class GroundTruthError(Exception):
    """The ground truth is at fault: the organisers' to mend, never a team's."""


class GroundTruth:
    """An open pack. Reads with pread, so forked processes may share it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        try:
            self.manifest, self._spans = _read_index(stream.fileno())
            self.scorer = make(self.manifest.scorer, self.manifest.options)
        except (zlib.error, struct.error, ValueError, KeyError, TypeError, OSError) as error:
            raise GroundTruthError(
                f"not a pack, or a damaged one: {error}; pack the ground truth again"
            ) from error

    def read(self, index: int) -> Runs:
        """Return picture `index` of the manifest."""
        image, (offset, length, checksum) = self.manifest.images[index], self._spans[index]
        packed = os.pread(self._stream.fileno(), length, offset)
        if crc32(packed) != checksum:
            raise GroundTruthError(f"the pack is damaged at {image.id}; pack the ground truth again")
        return Runs(packed, (image.height, image.width))


@contextmanager
def open_ground_truth(path: Path, scorer: Scorer, progress: Progress | None = None) -> Iterator[GroundTruth]:
    """Open a pack, or a folder or zip of PNGs, which is packed for `scorer` into a temporary file first.

    A pack knows its own scorer and options: `scorer` is not asked. GroundTruthError, OSError.
    """
    if is_pack(path):
        with open_file(path) as stream:
            yield GroundTruth(stream)
    else:
        with tempfile.TemporaryFile() as stream:
            write_pack(path, scorer, stream, progress)
            stream.flush()
            yield GroundTruth(stream)


def is_pack(path: Path) -> bool:
    """Tell a pack from a folder or zip of PNGs; OSError where there is nothing."""
    if path.is_dir():
        return False
    with open_file(path) as stream:
        return os.pread(stream.fileno(), len(PACK_STARTS), 0) == PACK_STARTS


def pack(source: Path, scorer: Scorer, out: Path, progress: Progress | None = None) -> Manifest:
    """Write `source`, a folder or zip of PNGs, as the pack `out`, and `out`.manifest.json beside it.

    The same pictures, scorer and options give the same bytes. Nothing is left behind on GroundTruthError.
    """
    unfinished = out.with_name(out.name + ".unfinished")
    try:
        unfinished.touch(mode=0o600)  # the one file that must never be read by others
        with unfinished.open("wb") as stream:
            manifest = write_pack(source, scorer, stream, progress)
        manifest_path(out).write_text(manifest.to_json(), encoding="utf-8")
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def manifest_path(out: Path) -> Path:
    """Where the manifest of the pack `out` stands."""
    return out.with_name(out.name + ".manifest.json")


def write_pack(source: Path, scorer: Scorer, stream: IO[bytes], progress: Progress | None = None) -> Manifest:
    """Decode and check every picture of `source` once, and write them in the order of their ids."""
    images, spans, scored = [], [], 0
    stream.write(MAGIC)
    with _pictures(source) as pictures:
        for done, (image_id, read) in enumerate(pictures.items(), 1):
            truth = _decode(read(), image_id, scorer)
            compiled.start(len(pictures) * truth.size)
            runs = Runs.of(truth)
            scored += int(scorer.count(truth, runs)[0].sum())
            images.append(ImageEntry(image_id, truth.shape[1], truth.shape[0]))
            spans.append(Span(stream.tell(), len(runs.packed), crc32(runs.packed)))
            stream.write(runs.packed)
            if progress:
                progress("packing", done, len(pictures))
    if not scored:
        raise GroundTruthError(f"no picture in {source} has a {scorer.SCORED} pixel: no score would exist")
    manifest = _manifest(images, scorer)
    index = zlib.compress(json.dumps({"manifest": manifest.to_json(), "spans": spans}).encode())
    stream.write(index + FOOTER.pack(stream.tell(), len(index), MAGIC))
    return manifest


def _manifest(images: list[ImageEntry], scorer: Scorer) -> Manifest:
    """Bound maps of other sizes generously: four times the largest picture, and 4096 × 4096 at least."""
    side = max(max(image.width, image.height) for image in images)
    pixels = max(image.pixels for image in images)
    bounds = max(4 * side, 4096), min(max(4 * pixels, 4096 * 4096), MOST_PIXELS)
    return Manifest(scorer.NAME, options_of(scorer), tuple(images), *bounds, scorer.VERSION)


def _read_index(descriptor: int) -> tuple[Manifest, list[Span]]:
    end = os.fstat(descriptor).st_size - FOOTER.size
    offset, length, magic = FOOTER.unpack(os.pread(descriptor, FOOTER.size, end))
    if magic != MAGIC or offset + length != end:
        raise ValueError("its footer is missing, or of another version")
    index = json.loads(zlib.decompress(os.pread(descriptor, length, offset)))
    manifest = Manifest.from_json(index["manifest"])
    return manifest, [Span(*span) for span in index["spans"]]


def _decode(picture: bytes, image_id: str, scorer: Scorer) -> Pixels:
    """Decode one picture by the rules of its scorer; Rejected, GroundTruthError."""
    file = f"{image_id}.png"
    header = png.read_header(picture[: png.HEADER_LENGTH], file)
    png.check_kind(header, scorer.FORMAT, file)
    if header.pixels > MOST_PIXELS:
        raise GroundTruthError(f"{file} has more than {MOST_PIXELS:,} pixels")
    truth = png.decode(picture, file)
    fault = scorer.truth_fault(truth)
    if fault:
        raise GroundTruthError(f"{file}: {fault}")
    return truth


@contextmanager
def _pictures(source: Path) -> Iterator[dict[str, Callable[[], bytes]]]:
    """Yield how to read each picture of a folder or zip, in the order of the ids.

    A Rejected raised meanwhile becomes a GroundTruthError: what a team may not send, we may not score by.
    """
    try:
        if source.is_dir():
            paths = [path for path in source.rglob("*") if path.suffix.lower() == ".png"]
            yield _unique((path.stem, path.read_bytes) for path in paths if not path.name.startswith("._"))
        else:
            with open_archive(source) as archive:
                files = [(name, file) for name, same in by_id(archive.members).items() for file in same]
                yield _unique((name, partial(_read_member, archive, file)) for name, file in files)
    except Rejected as rejection:
        problem = rejection.problems[0]
        wrong = f"{problem.file or source}: {problem.found}; expected {problem.expected}"
        raise GroundTruthError(wrong) from rejection


def _read_member(archive: Archive, member: Member) -> bytes:
    check_readable(member, LARGEST_PICTURE)
    return archive.read(member)


def _unique(pictures: Iterable[tuple[str, Callable[[], bytes]]]) -> dict[str, Callable[[], bytes]]:
    found: dict[str, Callable[[], bytes]] = {}
    for image_id, read in sorted(pictures, key=itemgetter(0)):
        if image_id in found:
            raise GroundTruthError(f"two files are called {image_id}.png; leave one of them out")
        found[image_id] = read
    if not found:
        raise GroundTruthError("the ground truth holds no PNG; give a folder or zip of <image id>.png")
    return found
