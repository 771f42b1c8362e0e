"""Measures one split in rounds, each way in turn, and holds all scores to be equal."""

import importlib.util
import math
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from children import EVALUATOR, HERE, Run, run
from data import Split

from evaluator.scorers import make
from evaluator.statistics import Statistics, read_statistics

HEADLINE = {"segmentation": "mean_iou", "scene-parsing": "mean_iou", "localization": "peak_iou"}
PEERS = {
    "segmentation": ("numpy", "extract", "torchmetrics", "histc"),
    "scene-parsing": ("numpy", "extract", "torchmetrics", "histc"),
    "localization": ("numpy", "thresholds"),
}
NEEDS = {"torchmetrics": "torchmetrics", "histc": "torch"}
MOST_PEER_IMAGES = {"thresholds": 50}


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
    statistics_bytes: int


def measure(split: Split, rounds: int, peer_images: int) -> Figures:
    """Take the median of the rounds."""
    run(*EVALUATOR, "pack", split.scorer, "--ground-truth", split.truth, "--out", split.pack)
    file = split.pack.with_name("statistics.npz")
    watched = run(*scoring(split, 2), "--stats", file, watch=True)
    most = min(peer_images, split.images)
    peers = {way: min(most, MOST_PEER_IMAGES.get(way, most)) for way in installed(split.scorer)}
    ways = {
        "floor": lambda: run(sys.executable, HERE / "floor.py", "rows", split.submission),
        "bands": lambda: run(sys.executable, HERE / "floor.py", "bands", split.submission),
        "score": lambda: run(sys.executable, HERE / "scoring.py", split.submission, split.pack),
    }
    ways |= {"one": lambda: run(*scoring(split, 1)), "two": lambda: run(*scoring(split, 2))}
    ways |= {way: lambda way=way: peer(way, split, peers[way]) for way in peers}
    runs = in_turn(ways, rounds)
    require_equal(split, watched, runs, peers, read_statistics(file))
    return Figures(
        split,
        *(
            median(run.answer["cpu"] for run in runs[way]) / split.images * 1e6
            for way in ("floor", "bands", "score")
        ),
        median(run.cpu for run in runs["one"]) / split.images * 1e6,
        {way: median(run.answer["cpu"] for run in runs[way]) / peers[way] * 1e6 for way in peers},
        (median(run.seconds for run in runs["one"]), median(run.seconds for run in runs["two"])),
        watched.megabytes,
        file.stat().st_size,
    )


def in_turn(ways: dict[str, Callable[[], Run]], rounds: int) -> dict[str, list[Run]]:
    """Run every way once in each round, so that a busy moment of the machine meets all of them."""
    runs: dict[str, list[Run]] = {way: [] for way in ways}
    for number in range(rounds):
        for way, measured in ways.items():
            print(f"round {number + 1} of {rounds}: {way}", file=sys.stderr)
            runs[way].append(measured())
    return runs


def scoring(split: Split, jobs: int) -> tuple[str | Path, ...]:
    judged = split.scorer, split.submission, "--ground-truth", split.pack
    return (*EVALUATOR, "score", *judged, "--json", "--jobs", str(jobs))


def peer(way: str, split: Split, images: int) -> Run:
    return run(sys.executable, HERE / "peers.py", way, split.scorer, split.submission, split.truth, str(images))


def installed(scorer: str) -> list[str]:
    """Return the peers that can run here, and say which cannot."""
    missing = [way for way in PEERS[scorer] if way in NEEDS and importlib.util.find_spec(NEEDS[way]) is None]
    for way in missing:
        print(f"{scorer}: {way} is left out, {NEEDS[way]} is not installed", file=sys.stderr)
    return [way for way in PEERS[scorer] if way not in missing]


def require_equal(
    split: Split, watched: Run, runs: dict[str, list[Run]], peers: dict[str, int], counted: Statistics
) -> None:
    """Leave unless every run of ours gave the same scores, and every peer the same headline on its images."""
    for one in (*runs["score"], *runs["one"], *runs["two"]):
        assert one.answer["scores"] == watched.answer["scores"], "two runs of one submission differ"
    scorer = make(counted.scorer, counted.options)
    for way, images in peers.items():
        expected = scorer.summarise(counted.counts[:images].sum(axis=0, dtype="int64"))[HEADLINE[split.scorer]]
        for one in runs[way]:
            same = math.isclose(one.answer["score"], expected, rel_tol=0, abs_tol=1e-9)
            assert same, f"{way} and the evaluator differ: {one.answer['score']}, {expected}"


def median(values: object) -> float:
    return statistics.median(values)
