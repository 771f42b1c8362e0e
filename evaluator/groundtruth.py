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
from pathlib import Path
from typing import IO, NamedTuple

from evaluator.contract import (
    MOST_PIXELS,
    PACK_FORMAT,
    PACK_STARTS,
    ImageEntry,
    Manifest,
    Progress,
    Rejected,
    ValidationIssue,
)
from evaluator.findings import Findings
from evaluator.groundtruth_files import File, find_maps, open_files
from evaluator.inflate import crc32
from evaluator.kernels import compiled
from evaluator.png.decode import decode_with_palette
from evaluator.png.header import HEADER_LENGTH, check_kind, read_header
from evaluator.png.palettes import Palettes
from evaluator.rle import Pixels, Rle
from evaluator.scorers import InvalidTarget, Scorer, make, options_of
from evaluator.truth_summary import TruthTally
from evaluator.zip.archive import open_file

MAGIC = PACK_FORMAT
FOOTER = struct.Struct("<QQ8s")  # offset and length of the index, then the magic again
ONE_SIZE = 0.75  # share of maps of one size above which the others are odd

Warn = Callable[[str], None]  # called with each warning once a pack is complete


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
def open_ground_truth(
    path: Path, scorer: Scorer, progress: Progress | None = None, warn: Warn | None = None
) -> Iterator[GroundTruth]:
    """Open a pack, or a folder or zip of PNGs, which is packed for `scorer` into a temporary file first.

    A pack has its own scorer and options; `scorer` is then ignored. Raises GroundTruthError, OSError.
    """
    if is_pack(path):
        with open_file(path) as stream:
            yield GroundTruth(stream)
    else:
        with tempfile.TemporaryFile() as stream:
            write_pack(path, scorer, stream, progress, warn)
            stream.flush()
            yield GroundTruth(stream)


def is_pack(path: Path) -> bool:
    """Tell a pack from a folder or zip of PNGs. Raises OSError where there is neither."""
    if path.is_dir():
        return False
    with open_file(path) as stream:
        return os.pread(stream.fileno(), len(PACK_STARTS), 0) == PACK_STARTS


def pack(
    source: Path, scorer: Scorer, out: Path, progress: Progress | None = None, warn: Warn | None = None
) -> Manifest:
    """Write `source`, a folder or zip of PNGs, as the pack `out`, and beside it its manifest and its summary.

    The same maps, scorer and options give the same bytes. Raises GroundTruthError, and leaves no file behind then.
    """
    unfinished = out.with_name(out.name + ".unfinished")
    try:
        unfinished.touch(mode=0o600)  # ground truth must not be readable by other users
        tally = TruthTally(scorer)
        with unfinished.open("wb") as stream:
            manifest = write_pack(source, scorer, stream, progress, warn, tally=tally)
        summary_path(out).touch(mode=0o600)
        summary_path(out).write_text(tally.summary().to_json(), encoding="utf-8")
        manifest_path(out).write_text(manifest.to_json(), encoding="utf-8")
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def manifest_path(out: Path) -> Path:
    """Return the path of the manifest of the pack `out`."""
    return out.with_name(out.name + ".manifest.json")


def summary_path(out: Path) -> Path:
    """Return the path of the summary of the pack `out`."""
    return out.with_name(out.name + ".summary.json")


def write_pack(
    source: Path,
    scorer: Scorer,
    stream: IO[bytes],
    progress: Progress | None = None,
    warn: Warn | None = None,
    *,
    tally: TruthTally | None = None,
) -> Manifest:
    """Decode, validate and write every map of `source` in the order of the ids, and add each to the tally.

    Raises GroundTruthError with all faults, and what was skipped.
    """
    findings, tally, truth = Findings(), tally or TruthTally(scorer), hashlib.sha256()
    spans: list[Span] = []
    stream.write(MAGIC)
    for file, target in _targets(source, scorer, findings, progress):
        rle = Rle.encode(target)
        own_counts = scorer.count(target, rle)
        if not scorer.scored_pixels(own_counts):
            findings.warning(f"no {scorer.SCORED} pixel", str(file.path))
        tally.add(file.id, target, own_counts)
        spans.append(Span(stream.tell(), len(rle.packed), crc32(rle.packed)))
        truth.update(f"{file.id} {target.shape}\n".encode() + target.tobytes())
        stream.write(rle.packed)
    _judge(tally, findings)
    if findings.has_faults:
        raise GroundTruthError(str(findings))
    manifest = _manifest(tally.images, scorer)
    facts = {"manifest": manifest.to_json(), "spans": spans, "truth_sha256": truth.hexdigest()}
    index = zlib.compress(json.dumps(facts).encode())
    stream.write(index + FOOTER.pack(stream.tell(), len(index), MAGIC))
    if warn:
        for warning in findings.warnings:
            warn(warning)
    return manifest


def _judge(tally: TruthTally, findings: Findings) -> None:
    """Add what is odd about all maps together, or cannot be."""
    if findings.has_faults:
        return
    scorer, images = tally.scorer, tally.images
    if not scorer.scored_pixels(tally.counts):
        text = f"none has a {scorer.SCORED} pixel: the score would be undefined. Are they maps for another scorer?"
        findings.fault(text, "the maps")
    for label in scorer.unused_classes(tally.counts):
        findings.warning("in no map", f"class {label}")
    (size, frequency), *_ = tally.sizes
    if ONE_SIZE * len(images) <= frequency < len(images):
        text = f"of another size than {size[0]} wide, {size[1]} high, which all other maps have"
        for image in images:
            if (image.width, image.height) != size:
                findings.warning(text, f"{image.id}.png")


def _manifest(images: list[ImageEntry], scorer: Scorer) -> Manifest:
    """Make the manifest; its bounds allow four times the largest image, and at least 4096 × 4096."""
    side = max(max(image.width, image.height) for image in images)
    pixels = max(image.pixels for image in images)
    bounds = max(4 * side, 4096), min(max(4 * pixels, 4096 * 4096), MOST_PIXELS)
    facts = scorer.NAME, options_of(scorer), tuple(images)
    return Manifest(*facts, *bounds, scorer.VERSION, scorer.FORMAT.name, scorer.resizes)


def _read_index(descriptor: int) -> tuple[Manifest, list[Span], str]:
    end = os.fstat(descriptor).st_size - FOOTER.size
    offset, length, magic = FOOTER.unpack(os.pread(descriptor, FOOTER.size, end))
    if magic != MAGIC or offset + length != end:
        raise ValueError("its footer is missing, or of another version")
    index = json.loads(zlib.decompress(os.pread(descriptor, length, offset)))
    manifest = Manifest.from_json(index["manifest"])
    return manifest, [Span(*span) for span in index["spans"]], index.get("truth_sha256", "")


def _targets(
    source: Path, scorer: Scorer, findings: Findings, progress: Progress | None
) -> Iterator[tuple[File, Pixels]]:
    """Yield each map that is right, in the order of the ids; whatever is wrong becomes a fault."""
    palettes = Palettes(scorer.label_count, beside_palettes=True)
    try:
        with open_files(source) as files:
            maps = find_maps(files, findings)
            for done, file in enumerate(maps.values(), 1):
                target = _decode(file, scorer, palettes, findings)
                if target is not None:
                    compiled.start(len(maps) * target.size)
                    yield file, target
                if progress:
                    progress("packing", done, len(maps))
    except Rejected as rejection:
        _add_problems(rejection.problems, findings)
    _add_problems(palettes.problems(), findings)
    for doubt in palettes.warnings():
        findings.fault(doubt, "the maps")


def _decode(file: File, scorer: Scorer, palettes: Palettes, findings: Findings) -> Pixels | None:
    """Decode one map by the rules of its scorer; None, and a fault, where it breaks them."""
    name = str(file.path)
    try:
        png = file.read()
        header = read_header(png[:HEADER_LENGTH], name)
        check_kind(header, scorer.FORMAT, name)
        if header.pixels > MOST_PIXELS:
            raise InvalidTarget(f"no map may have more than {MOST_PIXELS:,} pixels")
        decoded = decode_with_palette(png, name)
        palettes.add(decoded, name)
        scorer.validate_target(decoded.pixels)
    except Rejected as rejection:
        _add_problems(rejection.problems, findings)
        return None
    except InvalidTarget as error:
        findings.fault(error.rule, f"{name} ({error.found})" if error.found else name)
        return None
    return decoded.pixels


def _add_problems(problems: Iterable[ValidationIssue], findings: Findings) -> None:
    """Ground truth follows the rules of submissions."""
    for problem in problems:
        text = f"{problem.found}; expected {problem.expected}. {problem.fix}"
        findings.fault(text, problem.file or "the zip")
