"""Measures one split in rounds, each contender in turn, and requires all scores to be equal."""

import importlib.util
import math
import statistics
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from children import EVALUATOR, HERE, Run, run
from data import Split

from evaluator.per_image_counts import PerImageCounts, read_per_image_counts
from evaluator.scorers import make

HEADLINE = {"segmentation": "mean_iou", "scene-parsing": "mean_iou", "localization": "peak_iou"}
PEERS = {
    "segmentation": ("numpy", "extract", "torchmetrics", "histc"),
    "scene-parsing": ("numpy", "extract", "torchmetrics", "histc"),
    "localization": ("numpy", "thresholds"),
}
NEEDS = {"torchmetrics": "torchmetrics", "histc": "torch"}
MOST_PEER_IMAGES = {"thresholds": 50}

Command = tuple[str | Path, ...]


class Figures(NamedTuple):
    """What a split took: CPU in microseconds an image, seconds of wall time, and megabytes of all processes."""

    split: Split
    floor: float
    bands: float  # the floor by the evaluator's own kernels
    score: float
    whole: float  # of the scoring process: the score, and the time in which Python and the kernels start
    peers: dict[str, float]
    wall: tuple[float, float]  # with one process and with two
    megabytes: float
    counts_bytes: int


def measure(split: Split, rounds: int, peer_images: int) -> Figures:
    """Take the median of the rounds."""
    run(*EVALUATOR, "pack", split.scorer, "--ground-truth", split.truth, "--out", split.pack)
    file = split.pack.with_name("per_image_counts.npz")
    watched = run(*scoring(split, 2), "--stats", file, watch=True)
    most = min(peer_images, split.images)
    peers = {name: min(most, MOST_PEER_IMAGES.get(name, most)) for name in installed(split.scorer)}
    runs = in_turn(contenders(split, peers), rounds)
    require_equal(split, watched, runs, peers, read_per_image_counts(file))
    return Figures(
        split,
        floor=microseconds(runs["floor"], split.images),
        bands=microseconds(runs["bands"], split.images),
        score=microseconds(runs["score"], split.images),
        whole=median(run.cpu for run in runs["one"]) / split.images * 1e6,
        peers={name: microseconds(runs[name], images) for name, images in peers.items()},
        wall=(median(run.seconds for run in runs["one"]), median(run.seconds for run in runs["two"])),
        megabytes=watched.megabytes,
        counts_bytes=file.stat().st_size,
    )


def contenders(split: Split, peers: dict[str, int]) -> dict[str, Command]:
    """Return the command of each contender; `peers` says how many images each peer takes."""
    python = sys.executable
    ours: dict[str, Command] = {
        "floor": (python, HERE / "lower_bound.py", "rows", split.submission),
        "bands": (python, HERE / "lower_bound.py", "bands", split.submission),
        "score": (python, HERE / "score.py", split.submission, split.pack),
        "one": scoring(split, 1),
        "two": scoring(split, 2),
    }
    return ours | {name: peer(name, split, images) for name, images in peers.items()}


def in_turn(contenders: dict[str, Command], rounds: int) -> dict[str, list[Run]]:
    """Run every contender once in each round, so that a busy moment of the machine meets all of them."""
    runs: dict[str, list[Run]] = {name: [] for name in contenders}
    for number in range(rounds):
        for name, command in contenders.items():
            print(f"round {number + 1} of {rounds}: {name}", file=sys.stderr)
            runs[name].append(run(*command))
    return runs


def scoring(split: Split, jobs: int) -> Command:
    judged = split.scorer, split.submission, "--ground-truth", split.pack
    return (*EVALUATOR, "score", *judged, "--json", "--jobs", str(jobs))


def peer(name: str, split: Split, images: int) -> Command:
    return (sys.executable, HERE / "peers.py", name, split.scorer, split.submission, split.truth, str(images))


def installed(scorer: str) -> list[str]:
    """Return the peers that can run here, and say which cannot."""
    missing = [name for name in PEERS[scorer] if name in NEEDS and importlib.util.find_spec(NEEDS[name]) is None]
    for name in missing:
        print(f"{scorer}: {name} is left out, {NEEDS[name]} is not installed", file=sys.stderr)
    return [name for name in PEERS[scorer] if name not in missing]


def require_equal(
    split: Split, watched: Run, runs: dict[str, list[Run]], peers: dict[str, int], counted: PerImageCounts
) -> None:
    """Leave unless every run of ours gave the same scores, and every peer the same headline on its images."""
    for one in (*runs["score"], *runs["one"], *runs["two"]):
        assert one.answer["scores"] == watched.answer["scores"], "two runs of one submission differ"
    scorer = make(counted.scorer, counted.options)
    for name, images in peers.items():
        expected = scorer.compute(counted.counts[:images].sum(axis=0, dtype="int64"))[HEADLINE[split.scorer]]
        for one in runs[name]:
            same = math.isclose(one.answer["score"], expected, rel_tol=0, abs_tol=1e-9)
            assert same, f"{name} and the evaluator differ: {one.answer['score']}, {expected}"


def microseconds(runs: list[Run], images: int) -> float:
    """Return the CPU time of an image, in the median of the runs."""
    return median(run.answer["cpu"] for run in runs) / images * 1e6


def median(values: Iterable[float]) -> float:
    return statistics.median(values)
