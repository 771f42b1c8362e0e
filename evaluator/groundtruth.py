"""The pack: the ground truth of a split, decoded once into one file with its scorer, options and manifest.

A pack holds the magic, the run-length encoded maps, a zlib stream of the index (the manifest as JSON, the hash of
all maps, and offset, length and checksum of each), and a footer with the offset and length of the index.
"""

from __future__ import annotations

import hashlib
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

from evaluator.contract import MOST_PIXELS, PACK_FORMAT, PACK_STARTS, ImageEntry, Manifest, Progress, Rejected
from evaluator.file_matching import group_by_id
from evaluator.inflate import crc32
from evaluator.kernels import compiled
from evaluator.png.decode import decode
from evaluator.png.header import HEADER_LENGTH, check_kind, read_header
from evaluator.rle import Pixels, Rle
from evaluator.scorers import InvalidTarget, Scorer, make, options_of
from evaluator.zip.archive import Archive, Member, check_member_size, open_archive, open_file

MAGIC = PACK_FORMAT
FOOTER = struct.Struct("<QQ8s")  # offset and length of the index, then the magic again
MAX_PNG_BYTES = 2 * MOST_PIXELS  # of one ground-truth PNG


class Span(NamedTuple):
    """Offset, length and checksum of a run-length encoded map in a pack."""

    offset: int
    length: int
    checksum: int


class GroundTruthError(Exception):
    """Ground truth that cannot be used: for the organisers to fix, never a team's fault."""


class GroundTruth:
    """An open pack, read with pread so that forked processes may share it. Raises GroundTruthError."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        try:
            self.manifest, self._spans, self.truth_sha256 = _read_index(stream.fileno())
            self.scorer = make(self.manifest.scorer, self.manifest.options)
        except (zlib.error, struct.error, ValueError, KeyError, TypeError, OSError) as error:
            raise GroundTruthError(
                f"not a pack, or a damaged one: {error}; pack the ground truth again"
            ) from error

    def read(self, index: int) -> Rle:
        """Return the map of image `index` of the manifest. Raises GroundTruthError where the pack is damaged."""
        image, (offset, length, checksum) = self.manifest.images[index], self._spans[index]
        packed = os.pread(self._stream.fileno(), length, offset)
        if crc32(packed) != checksum:
            raise GroundTruthError(f"the pack is damaged at {image.id}; pack the ground truth again")
        return Rle(packed, (image.height, image.width))


def verify(path: Path) -> str:
    """Read a whole pack; return the hash of its ids and pixels, which a pack of any format has for the same maps.

    The hash is no part of the manifest, which is public and tells nothing of the pixels.
    Raises GroundTruthError, OSError.
    """
    with open_file(path) as stream:
        ground_truth = GroundTruth(stream)
        for index in range(len(ground_truth.manifest.images)):
            ground_truth.read(index)
    return ground_truth.truth_sha256


@contextmanager
def open_ground_truth(path: Path, scorer: Scorer, progress: Progress | None = None) -> Iterator[GroundTruth]:
    """Open a pack, or a folder or zip of PNGs, which is packed for `scorer` into a temporary file first.

    A pack has its own scorer and options; `scorer` is then ignored. Raises GroundTruthError, OSError.
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
    """Tell a pack from a folder or zip of PNGs. Raises OSError where there is neither."""
    if path.is_dir():
        return False
    with open_file(path) as stream:
        return os.pread(stream.fileno(), len(PACK_STARTS), 0) == PACK_STARTS


def pack(source: Path, scorer: Scorer, out: Path, progress: Progress | None = None) -> Manifest:
    """Write `source`, a folder or zip of PNGs, as the pack `out`, and `out`.manifest.json beside it.

    The same maps, scorer and options give the same bytes. Raises GroundTruthError, and leaves no file behind then.
    """
    unfinished = out.with_name(out.name + ".unfinished")
    try:
        unfinished.touch(mode=0o600)  # ground truth must not be readable by other users
        with unfinished.open("wb") as stream:
            manifest = write_pack(source, scorer, stream, progress)
        manifest_path(out).write_text(manifest.to_json(), encoding="utf-8")
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def manifest_path(out: Path) -> Path:
    """Return the path of the manifest of the pack `out`."""
    return out.with_name(out.name + ".manifest.json")


def write_pack(source: Path, scorer: Scorer, stream: IO[bytes], progress: Progress | None = None) -> Manifest:
    """Decode, validate and write every map of `source` in the order of the ids. Raises GroundTruthError."""
    images, spans, scored, truth = [], [], 0, hashlib.sha256()
    stream.write(MAGIC)
    with _open_maps(source) as maps:
        for done, (image_id, read) in enumerate(maps.items(), 1):
            target = _decode(read(), image_id, scorer)
            compiled.start(len(maps) * target.size)
            rle = Rle.encode(target)
            scored += int(scorer.count(target, rle)[0].sum())
            images.append(ImageEntry(image_id, target.shape[1], target.shape[0]))
            spans.append(Span(stream.tell(), len(rle.packed), crc32(rle.packed)))
            truth.update(f"{image_id} {target.shape}\n".encode() + target.tobytes())
            stream.write(rle.packed)
            if progress:
                progress("packing", done, len(maps))
    if not scored:
        raise GroundTruthError(f"no map in {source} has a {scorer.SCORED} pixel: the score would be undefined")
    manifest = _manifest(images, scorer)
    facts = {"manifest": manifest.to_json(), "spans": spans, "truth_sha256": truth.hexdigest()}
    index = zlib.compress(json.dumps(facts).encode())
    stream.write(index + FOOTER.pack(stream.tell(), len(index), MAGIC))
    return manifest


def _manifest(images: list[ImageEntry], scorer: Scorer) -> Manifest:
    """Make the manifest; its bounds allow four times the largest image, and at least 4096 × 4096."""
    side = max(max(image.width, image.height) for image in images)
    pixels = max(image.pixels for image in images)
    bounds = max(4 * side, 4096), min(max(4 * pixels, 4096 * 4096), MOST_PIXELS)
    return Manifest(scorer.NAME, options_of(scorer), tuple(images), *bounds, scorer.VERSION)


def _read_index(descriptor: int) -> tuple[Manifest, list[Span], str]:
    end = os.fstat(descriptor).st_size - FOOTER.size
    offset, length, magic = FOOTER.unpack(os.pread(descriptor, FOOTER.size, end))
    if magic != MAGIC or offset + length != end:
        raise ValueError("its footer is missing, or of another version")
    index = json.loads(zlib.decompress(os.pread(descriptor, length, offset)))
    manifest = Manifest.from_json(index["manifest"])
    return manifest, [Span(*span) for span in index["spans"]], index.get("truth_sha256", "")


def _decode(png: bytes, image_id: str, scorer: Scorer) -> Pixels:
    """Decode one map by the rules of its scorer. Raises Rejected, GroundTruthError."""
    file = f"{image_id}.png"
    header = read_header(png[:HEADER_LENGTH], file)
    check_kind(header, scorer.FORMAT, file)
    if header.pixels > MOST_PIXELS:
        raise GroundTruthError(f"{file} has more than {MOST_PIXELS:,} pixels")
    target = decode(png, file)
    try:
        scorer.validate_target(target)
    except InvalidTarget as error:
        raise GroundTruthError(f"{file}: {error}") from error
    return target


@contextmanager
def _open_maps(source: Path) -> Iterator[dict[str, Callable[[], bytes]]]:
    """Yield a function that reads the PNG of each id, in the order of the ids, from a folder or zip.

    A Rejected raised within the block becomes a GroundTruthError: ground truth follows the rules of submissions.
    """
    try:
        if source.is_dir():
            paths = [path for path in source.rglob("*") if path.suffix.lower() == ".png"]
            yield _unique((path.stem, path.read_bytes) for path in paths if not path.name.startswith("._"))
        else:
            with open_archive(source) as archive:
                files = [(name, file) for name, same in group_by_id(archive.members).items() for file in same]
                yield _unique((name, partial(_read_member, archive, file)) for name, file in files)
    except Rejected as rejection:
        problem = rejection.problems[0]
        wrong = f"{problem.file or source}: {problem.found}; expected {problem.expected}"
        raise GroundTruthError(wrong) from rejection


def _read_member(archive: Archive, member: Member) -> bytes:
    check_member_size(member, MAX_PNG_BYTES)
    return archive.read(member)


def _unique(maps: Iterable[tuple[str, Callable[[], bytes]]]) -> dict[str, Callable[[], bytes]]:
    found: dict[str, Callable[[], bytes]] = {}
    for image_id, read in sorted(maps, key=itemgetter(0)):
        if image_id in found:
            raise GroundTruthError(f"two files are called {image_id}.png; leave one of them out")
        found[image_id] = read
    if not found:
        raise GroundTruthError("the ground truth holds no PNG; give a folder or zip of <image id>.png")
    return found
