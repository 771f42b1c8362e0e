"""Measures the confidence intervals of large boards: seconds of CPU beside reading the files, and memory."""

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from simulate_intervals import World, simulated  # noqa: E402

from evaluator.per_image_counts import PerImageCounts  # noqa: E402
from evaluator.scorers import make, options_of  # noqa: E402
from evaluator.uncertainty.confidence_intervals import compare  # noqa: E402
from evaluator.uncertainty.inputs import Entry  # noqa: E402


@dataclass(frozen=True)
class Board:
    """A board of generated counts, and the seconds of CPU and megabytes that must not be exceeded."""

    scorer: str
    classes: int
    images: int
    teams: int
    seconds: float | None = None
    megabytes: int | None = None


BOARDS = [
    Board("localization", 1, 21_120, 15, seconds=2, megabytes=300),
    Board("segmentation", 200, 10_000, 15),
    Board("localization", 1, 300, 200, seconds=5),
    Board("segmentation", 200, 300, 200, seconds=5),
]


def main() -> None:
    print("| board | reading the files | intervals | must be | memory | must be |\n|---|---|---|---|---|---|")
    broken = [board for board in BOARDS if not keeps_its_bars(board)]
    sys.exit(1 if broken else 0)


def keeps_its_bars(board: Board) -> bool:
    """Write a board's files and measure it, each in a process of its own for the sake of the memory."""
    with (
        tempfile.TemporaryDirectory(prefix="lid-") as folder,
        multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool,
    ):
        entries = pool.apply(write_files, (Path(folder), board))
        return pool.apply(measure, (board, entries))


def measure(board: Board, entries: Sequence[Entry]) -> bool:
    """Print a board's row; tells whether it keeps its bars."""
    reading = cpu(lambda: read(entries))
    intervals = cpu(lambda: compare(entries)) - reading
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    bars = [
        f"≤ {board.seconds:g} s" if board.seconds else "",
        f"≤ {board.megabytes} MB" if board.megabytes else "",
    ]
    name = f"{board.teams} teams of {board.scorer}, {board.images:,} images"
    print(
        f"| {name} | {reading:.2f} s | {intervals:.2f} s | {bars[0]} | {memory:.0f} MB | {bars[1]} |", flush=True
    )
    return intervals <= (board.seconds or intervals) and memory <= (board.megabytes or memory)


def read(entries: Sequence[Entry]) -> None:
    for entry in entries:
        entry.read()
        entry.sha256()


def write_files(folder: Path, board: Board) -> Sequence[Entry]:
    """Write the counts of teams one by one, each of a skill of its own on the same images."""
    scorer = make(board.scorer, {"num_classes": board.classes} if board.scorer == "segmentation" else {})
    world = World("", board.images, (), scorer=board.scorer, classes=board.classes)
    ids, entries = tuple(f"image{number}" for number in range(board.images)), []
    for team in range(board.teams):
        skill = 0.5 + 0.3 * team / board.teams
        (counts,) = simulated(scorer, world, board.images, [skill], np.random.default_rng(2020))
        entries.append(Entry(f"team{team}", folder / f"{team}.npz"))
        PerImageCounts(board.scorer, options_of(scorer), ids, counts).write(entries[-1].path)
    return entries


def cpu(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    main()
