"""Compares two archives of a split image by image: in how many pixels they agree, as scoring reads them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evaluator.contract import Agreement, ImageAgreement, Manifest, Progress, Rejected, ValidationIssue
from evaluator.contract.agreement import MOST_WORST
from evaluator.engine import Job, Tally, conclude, open_job
from evaluator.file_matching import OtherSplits
from evaluator.in_chunks import in_chunks
from evaluator.png.header import HEAT_MAP
from evaluator.rle import Pixels

COMPARING = "comparing"
NAMES = ("first archive", "second archive")


class PairTally(NamedTuple):
    """What was found in one chunk of the manifest."""

    rows: npt.NDArray[np.int64]  # [images of the chunk, 2]: equal pixels, and the sum of absolute differences
    tallies: tuple[Tally, Tally]


@dataclass(frozen=True)
class Pair:
    """Everything that a process needs to compare any image of two archives."""

    jobs: tuple[Job, Job]

    @property
    def manifest(self) -> Manifest:
        """All images."""
        return self.jobs[0].manifest

    def tally(self, chunk: range) -> PairTally:
        """Read and compare the images at these indices."""
        rows = np.zeros((len(chunk), 2), np.int64)
        one, other = (job.nothing(0) for job in self.jobs)
        for row, index in enumerate(chunk):
            maps = self._fitted(index, self.jobs[0], one), self._fitted(index, self.jobs[1], other)
            if maps[0] is not None and maps[1] is not None:
                rows[row] = _compare(maps[0], maps[1])
        return PairTally(rows, (one, other))

    def _fitted(self, index: int, job: Job, tally: Tally) -> Pixels | None:
        image, pixels = self.manifest.images[index], job.read(index, tally)
        return pixels if pixels is None else job.scorer.fitted(pixels, image.height, image.width)


def compare_archives(
    one: Path,
    other: Path,
    manifest: Manifest,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
    others: OtherSplits = (),
) -> tuple[Agreement, list[ImageAgreement]]:
    """Compare all images of two archives with `jobs` processes; return the sum, and each image.

    Raises Rejected with all problems of both, each with the name of its archive.
    """
    splits, problems, opened = list(others), list[ValidationIssue](), list[tuple[Job, list[str]]]()
    with ExitStack() as stack:
        for name, path in zip(NAMES, (one, other), strict=True):
            with _noted(name, problems):
                opened.append(stack.enter_context(open_job(path, manifest, progress, splits)))
        _raise(problems)
        rows, found = _compared(Pair((opened[0][0], opened[1][0])), jobs, progress)
    for index, (job, said) in enumerate(opened):
        with _noted(NAMES[index], problems):
            said.extend(conclude(job, [pair.tallies[index] for pair in found]))
    _raise(problems)
    images = list(_images(manifest, rows, grey=opened[0][0].scorer.FORMAT is HEAT_MAP))
    told = [f"{name}: {text}" for name, (_, texts) in zip(NAMES, opened, strict=True) for text in texts]
    return _sum(images, told), images


@contextmanager
def _noted(name: str, problems: list[ValidationIssue]) -> Iterator[None]:
    """Add the problems of a rejection, with the name of their archive."""
    try:
        yield
    except Rejected as rejection:
        problems += [
            replace(problem, file=f"{name}: {problem.file}" if problem.file else name)
            for problem in rejection.problems
        ]


def _raise(problems: Sequence[ValidationIssue]) -> None:
    if problems:
        raise Rejected(problems)


def _compared(pair: Pair, jobs: int, progress: Progress | None) -> tuple[npt.NDArray[np.int64], list[PairTally]]:
    """Return what all images come to, and what was found beside, both in the manifest's order."""
    rows, found = np.zeros((len(pair.manifest.images), 2), np.int64), dict[int, PairTally]()
    for chunk, tally in in_chunks(pair, jobs, COMPARING, progress):
        rows[chunk.start : chunk.stop] = tally.rows
        found[chunk.start] = tally
    return rows, [found[start] for start in sorted(found)]


def _compare(one: Pixels, other: Pixels) -> tuple[int, int]:
    equal = int(np.count_nonzero(one == other))
    if equal == one.size:
        return equal, 0
    return equal, int(np.abs(np.subtract(one, other, dtype=np.int16)).sum(dtype=np.int64))


def _images(manifest: Manifest, rows: npt.NDArray[np.int64], *, grey: bool) -> Iterator[ImageAgreement]:
    for image, (equal, difference) in zip(manifest.images, rows.tolist(), strict=True):
        yield ImageAgreement(image.id, image.pixels, equal, difference if grey else None)


def _sum(images: Sequence[ImageAgreement], warnings: Sequence[str]) -> Agreement:
    different = [image for image in images if image.equal_pixels < image.pixels]
    differences = [image.absolute_difference for image in images if image.absolute_difference is not None]
    return Agreement(
        len(images),
        len(images) - len(different),
        sum(image.pixels for image in images),
        sum(image.equal_pixels for image in images),
        sum(differences) if differences else None,
        tuple(sorted(different, key=_worst_first)[:MOST_WORST]),
        tuple(warnings),
    )


def _worst_first(image: ImageAgreement) -> tuple[float, float, str]:
    return image.share, -(image.mean_absolute_difference or 0), image.id


def write_table(images: Sequence[ImageAgreement], path: Path) -> None:
    """Write a CSV file with a row for each image. Raises OSError."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["image_id", "pixels", "equal_pixels", "share", "mean_absolute_difference"])
        for image in images:
            difference = image.mean_absolute_difference
            table.writerow([image.id, image.pixels, image.equal_pixels, image.share, difference])


def in_words(found: Agreement) -> str:
    """Return the comparison as lines of text."""
    lines = [f"Warning: {warning}" for warning in found.warnings]
    lines.append(f"Equal pixels: {_in_words(found)}")
    lines.append(f"Identical images: {found.identical:,} of {found.images:,}")
    lines += [f"- {image.id}: {_in_words(image)}" for image in found.worst]
    return "\n".join(lines)


def _in_words(one: Agreement | ImageAgreement) -> str:
    """Name the share, rounded down, so that "100.00 %" is all of them."""
    share = f"{one.equal_pixels * 10_000 // one.pixels / 100:.2f} % ({one.equal_pixels:,} of {one.pixels:,})"
    if one.mean_absolute_difference is None:
        return share
    return f"{share}, by {one.mean_absolute_difference:.3f} grey levels on average"
