"""Validates and scores one archive: file names and headers first, then a parallel pass over the pixels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evaluator.contract import ImageEntry, Manifest, Progress, Rejected, Result, ValidationIssue
from evaluator.file_matching import OtherSplits
from evaluator.fingerprints import Checksums, checksum
from evaluator.groundtruth import GroundTruth
from evaluator.in_chunks import in_chunks
from evaluator.inspection import inspected
from evaluator.per_image_counts import PerImageCounts
from evaluator.png.decode import decode_with_palette
from evaluator.png.palettes import Palettes
from evaluator.rle import Pixels, Rle
from evaluator.scorers import Scorer, make
from evaluator.zip.archive import Archive, Member

SAMPLE = 64  # images that are looked at again to recognise a mistake
DECODING, SCORING = "decoding", "scoring"


class Tally(NamedTuple):
    """What was found in one chunk of the manifest."""

    rows: npt.NDArray[np.int32]  # [images of the chunk, *shape of one image's counts]
    problems: list[ValidationIssue]
    palettes: Palettes
    values: set[int]  # some of those in the maps: two are enough
    checksums: Checksums  # of the maps, where they are wanted


@dataclass(frozen=True)
class Job:
    """Everything a process needs to decode and count any image of an archive."""

    archive: Archive
    manifest: Manifest
    members: dict[str, Member]
    scorer: Scorer
    has_palettes: bool
    ground_truth: GroundTruth | None = None  # None: check only
    with_checksums: bool = False

    def palettes(self) -> Palettes:
        """Return none yet."""
        return Palettes(self.scorer.label_count, beside_palettes=self.has_palettes)

    def nothing(self, images: int) -> Tally:
        """Return a tally of images that are still to be read."""
        counts = np.zeros((images, *self.scorer.shape), np.int32)
        return Tally(counts, [], self.palettes(), set(), np.zeros(images, np.uint32))

    def tally(self, chunk: range) -> Tally:
        """Decode, validate and count the images of the manifest at these indices."""
        tally = self.nothing(len(chunk))
        for row, index in enumerate(chunk):
            prediction = self.read(index, tally)
            if prediction is not None and self.ground_truth is not None:
                tally.rows[row] = self.scorer.count(prediction, self.ground_truth.read(index))
                if self.with_checksums:
                    tally.checksums[row] = checksum(prediction)
        return tally

    def read(self, index: int, tally: Tally) -> Pixels | None:
        """Return one valid map; None, and its problems in the tally, where it is none."""
        try:
            prediction = self.decode(self.manifest.images[index], tally.palettes)
        except Rejected as rejection:
            tally.problems.extend(rejection.problems)
            return None
        if len(tally.values) < 2:
            tally.values.update((int(prediction.min()), int(prediction.max())))
        return prediction

    def decode(self, image: ImageEntry, palettes: Palettes) -> Pixels:
        """Read and validate one map."""
        member = self.members[image.id]
        decoded = decode_with_palette(self.archive.read(member), member.name)
        palettes.add(decoded, member.name)
        self.scorer.validate_prediction(decoded.pixels, member.name)
        return decoded.pixels

    def sample(self, ground_truth: GroundTruth) -> Iterator[tuple[Pixels, Rle]]:
        """Yield at most SAMPLE valid maps, evenly spaced, each with its target."""
        images = self.manifest.images
        for index in range(0, len(images), -(-len(images) // SAMPLE)):
            yield self.decode(images[index], self.palettes()), ground_truth.read(index)


def evaluate(
    path: Path,
    ground_truth: GroundTruth,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
    keep_counts: bool = False,
    others: OtherSplits = (),
) -> tuple[Result, PerImageCounts | None]:
    """Score the archive at `path` with `jobs` processes; their number does not change the result.
    `others` tell a team that has taken another split's archive.

    Raises Rejected with all problems of its names and headers, or else of its pixels. OSError, MemoryError and
    GroundTruthError are the server's fault.
    """
    counts = np.zeros(ground_truth.scorer.shape, np.int64)
    per_image = PerImageCounts.zeros(ground_truth.manifest) if keep_counts else None
    with open_job(path, ground_truth.manifest, progress, others) as (checking, warnings):
        job = replace(checking, ground_truth=ground_truth, with_checksums=keep_counts)
        for chunk, tally in _counted(job, jobs, SCORING, warnings, progress):
            counts += tally.rows.sum(axis=0, dtype=np.int64)
            if per_image:
                per_image.counts[chunk.start : chunk.stop] = tally.rows
                per_image.checksums[chunk.start : chunk.stop] = tally.checksums
        warnings.extend(job.scorer.mistakes(counts, job.sample(ground_truth)))
    scorer = job.scorer
    return Result(scorer.compute(counts), tuple(warnings), scorer.NAME, scorer.VERSION), per_image


def check(
    path: Path,
    manifest: Manifest,
    *,
    quick: bool = False,
    jobs: int = 1,
    progress: Progress | None = None,
    others: OtherSplits = (),
) -> Result:
    """Find everything that `evaluate` would reject, by the manifest alone; `quick` stops after names and headers.

    Raises Rejected with all problems found.
    """
    with open_job(path, manifest, progress, others) as (job, warnings):
        if not quick:
            for _ in _counted(job, jobs, DECODING, warnings, progress):
                pass
    return Result(None, tuple(warnings))


@contextmanager
def open_job(
    path: Path, manifest: Manifest, progress: Progress | None, others: OtherSplits
) -> Iterator[tuple[Job, list[str]]]:
    """Open an archive after validating its names and PNG headers: the job of reading it, and warnings.

    Raises Rejected with every problem of theirs.
    """
    scorer = make(manifest.scorer, manifest.options)
    with inspected(path, manifest, scorer.maps, progress, others) as found:
        job = Job(found.archive, manifest, found.members, scorer, found.has_palettes)
        yield job, list(found.warnings)


def _counted(
    job: Job, jobs: int, stage: str, warnings: list[str], progress: Progress | None
) -> Iterator[tuple[range, Tally]]:
    """Yield the counts of the manifest by chunks, and add `warnings` at the end.

    Raises Rejected with all problems, in order, at the end.
    """
    tallies: dict[int, Tally] = {}
    for chunk, tally in in_chunks(job, jobs, stage, progress):
        yield chunk, tally
        tallies[chunk.start] = tally._replace(rows=tally.rows[:0].copy())
    warnings.extend(conclude(job, [tallies[start] for start in sorted(tallies)]))


def conclude(job: Job, tallies: list[Tally]) -> Iterator[str]:
    """Yield the warnings that all maps together give rise to. Raises Rejected with all problems."""
    palettes = job.palettes()
    for tally in tallies:
        palettes.merge(tally.palettes)
    problems = [problem for tally in tallies for problem in tally.problems] + list(palettes.problems())
    if problems:
        raise Rejected(problems)
    yield from palettes.warnings()
    values = set().union(*(tally.values for tally in tallies))
    if len(values) == 1 and len(job.manifest.images) > 1:
        yield f"Every map is constant: all pixels of all images are {values.pop()}."
