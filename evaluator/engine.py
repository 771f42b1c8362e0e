"""Checks and scores one archive: names and headers, then one pass that decodes and counts in parallel."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evaluator import compiled, names, png
from evaluator.archive import Archive, Limits, Member, check_readable, open_archive
from evaluator.contract import ImageEntry, Manifest, Problem, Progress, Rejected, Result
from evaluator.groundtruth import GroundTruth
from evaluator.memory import keep_freed_memory
from evaluator.runs import Pixels
from evaluator.scorers import Scorer, make
from evaluator.statistics import Statistics

CHUNK = 64  # images a task
CHECKING, DECODING, SCORING = "checking", "decoding", "scoring"
PR_SET_PDEATHSIG = 1


class Tally(NamedTuple):
    """What a chunk of the manifest came to."""

    rows: npt.NDArray[np.int32]  # [images of the chunk, *shape of one image's counts]
    problems: list[Problem]


@dataclass(frozen=True)
class Job:
    """All that a process needs to decode and count any image of an archive."""

    archive: Archive
    manifest: Manifest
    members: dict[str, Member]
    scorer: Scorer
    truth: GroundTruth | None = None  # None: check only

    def tally(self, chunk: range) -> Tally:
        """Decode, check and count the images at these places of the manifest."""
        tally = Tally(np.zeros((len(chunk), *self.scorer.shape), np.int32), [])
        for row, index in enumerate(chunk):
            try:
                prediction = self._decode(self.manifest.images[index])
            except Rejected as rejection:
                tally.problems.extend(rejection.problems)
                continue
            if self.truth is not None:
                tally.rows[row] = self.scorer.count(prediction, self.truth.read(index))
        return tally

    def _decode(self, image: ImageEntry) -> Pixels:
        member = self.members[image.id]
        prediction = png.decode(self.archive.read(member), member.name)
        self.scorer.check(prediction, member.name)
        return prediction


def evaluate(
    path: Path,
    truth: GroundTruth,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
    keep_statistics: bool = False,
) -> tuple[Result, Statistics | None]:
    """Score the archive at `path`, with `jobs` processes; the numbers are the same for any of them.

    Rejected with all problems of the archive: of its names and headers, or else of its pixels. OSError,
    MemoryError and GroundTruthError are ours.
    """
    counts = np.zeros(truth.scorer.shape, np.int64)
    statistics = Statistics.blank(truth.manifest) if keep_statistics else None
    with _inspected(path, truth.manifest, progress) as (archive, found, scorer):
        job = Job(archive, truth.manifest, found.members, scorer, truth)
        for chunk, rows in _counted(job, jobs, SCORING, progress):
            counts += rows.sum(axis=0, dtype=np.int64)
            if statistics:
                statistics.counts[chunk.start : chunk.stop] = rows
    return Result(scorer.summarise(counts), found.warnings, scorer.NAME, scorer.VERSION), statistics


def check(
    path: Path,
    manifest: Manifest,
    *,
    quick: bool = False,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Result:
    """Find all that `evaluate` would reject, by the manifest alone; `quick` stops after names and headers."""
    with _inspected(path, manifest, progress) as (archive, found, scorer):
        if not quick:
            for _ in _counted(Job(archive, manifest, found.members, scorer), jobs, DECODING, progress):
                pass
    return Result(None, found.warnings)


@contextmanager
def _inspected(
    path: Path, manifest: Manifest, progress: Progress | None
) -> Iterator[tuple[Archive, names.Names, Scorer]]:
    """Open an archive whose names and PNG headers are all right; Rejected with every one that is not."""
    scorer = make(manifest.scorer, manifest.options)
    with open_archive(path, _limits(manifest, scorer)) as archive:
        found = names.match(archive.members, manifest)
        problems, pixels = list(found.problems), 0
        for done, image in enumerate(manifest.images, 1):
            if image.id in found.members:
                try:
                    pixels += _check_header(archive, found.members[image.id], image, manifest, scorer).pixels
                except Rejected as rejection:
                    problems.extend(rejection.problems)
            if progress and (done % CHUNK == 0 or done == len(manifest.images)):
                progress(CHECKING, done, len(manifest.images))
        if problems:
            raise Rejected(problems)
        png.check_total(pixels, manifest)
        yield archive, found, scorer


def _limits(manifest: Manifest, scorer: Scorer) -> Limits:
    """Allow each image its largest map, and four entries: its file, what macOS adds, and as many strangers."""
    unpacked = sum(_largest(image, manifest, scorer) for image in manifest.images)
    return Limits(4 * len(manifest.images) + 10_000, unpacked)


def _largest(image: ImageEntry, manifest: Manifest, scorer: Scorer) -> int:
    return png.largest_file(manifest.max_pixels if scorer.resizes else image.pixels)


def _check_header(
    archive: Archive, member: Member, image: ImageEntry, manifest: Manifest, scorer: Scorer
) -> png.Header:
    """Check all that can be known of a map without inflating more than its header; Rejected."""
    check_readable(member, _largest(image, manifest, scorer))
    header = png.read_header(archive.start(member, png.HEADER_LENGTH), member.name)
    png.check_kind(header, scorer.FORMAT, member.name)
    if scorer.resizes:
        png.check_bounds(header, manifest, member.name)
    else:
        png.check_size(header, image, member.name)
    return header


def _counted(
    job: Job, jobs: int, stage: str, progress: Progress | None
) -> Iterator[tuple[range, npt.NDArray[np.int32]]]:
    """Yield the counts of the whole manifest chunk by chunk; at the end, Rejected with all problems in order."""
    places = len(job.manifest.images)
    compiled.start(sum(image.pixels for image in job.manifest.images))  # ahead of the fork, as what follows
    keep_freed_memory()
    chunks = [range(start, min(start + CHUNK, places)) for start in range(0, places, CHUNK)]
    problems, done = {}, 0
    for chunk, tally in _tallies(job, chunks, jobs):
        problems[chunk.start] = tally.problems
        yield chunk, tally.rows
        done += len(chunk)
        if progress:
            progress(stage, done, places)
    in_order = [problem for start in sorted(problems) for problem in problems[start]]
    if in_order:
        raise Rejected(in_order)


def _tallies(job: Job, chunks: list[range], jobs: int) -> Iterator[tuple[range, Tally]]:
    """Yield each chunk with its tally, in whatever order they are done."""
    if jobs == 1 or len(chunks) == 1:
        yield from ((chunk, job.tally(chunk)) for chunk in chunks)
        return
    fork = multiprocessing.get_context("fork")
    # An executor and no Pool: it notices when a child is killed, where a Pool would wait for ever.
    pool = ProcessPoolExecutor(min(jobs, len(chunks)), fork, initializer=_adopt, initargs=(job, os.getpid()))
    try:
        running = {pool.submit(_tally, chunk): chunk for chunk in chunks}
        for future in as_completed(running):
            yield running.pop(future), future.result()  # popped: a result is dropped once it is added
    finally:
        pool.shutdown(cancel_futures=True)


_adopted: Job  # in a forked child: the job, inherited and never pickled


def _adopt(job: Job, parent: int) -> None:
    """Make this forked child die with its parent, and keep the job for the tasks to come."""
    global _adopted  # noqa: PLW0603 (an executor's tasks can reach nothing else)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)
    _adopted = job


def _tally(chunk: range) -> Tally:
    return _adopted.tally(chunk)
