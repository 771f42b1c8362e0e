"""Time the evaluator on generated splits against a plain loop of numpy and Pillow; prints a Markdown table."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
EVALUATOR = [sys.executable, "-m", "evaluator"]
WIDTH, HEIGHT, BLOCK = 500, 375, 25
CLASSES = {"segmentation": 200, "scene-parsing": 150, "localization": 255}
COLUMNS = ["scorer", "plain, images/s", "1 job, images/s", "2 jobs, images/s", "2 jobs / 1 job, wall"]
COLUMNS += ["plain, peak MB", "1 job, peak MB"]
HEADLINE = {"segmentation": "mean_iou", "scene-parsing": "mean_iou", "localization": "peak_iou"}


@dataclass(frozen=True)
class Run:
    """What one child took, and the headline score it printed."""

    seconds: float
    megabytes: float
    score: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1000, help="images in each split (1000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the median counts (3)")
    parser.add_argument("--plain", nargs=3, metavar=("SCORER", "ZIP", "TRUTH"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.plain:
        scorer, archive, truth = options.plain
        print(json.dumps({"scores": {HEADLINE[scorer]: plain_score(scorer, Path(archive), Path(truth))}}))
        return
    print(f"{options.images} images of {WIDTH} x {HEIGHT} in each split, median of {options.rounds} rounds\n")
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    for scorer in CLASSES:
        print(row(scorer, options.images, options.rounds), flush=True)


def row(scorer: str, images: int, rounds: int) -> str:
    with tempfile.TemporaryDirectory(prefix="lid-") as folder:
        plain, one, two = measure(scorer, Path(folder), images, rounds)
    speeds = " | ".join(f"{images / run.seconds:.0f}" for run in (plain, one, two))
    return (
        f"| {scorer} | {speeds} | {two.seconds / one.seconds:.2f} | {plain.megabytes:.0f} | {one.megabytes:.0f} |"
    )


def measure(scorer: str, folder: Path, images: int, rounds: int) -> list[Run]:
    """The median runs of the plain loop, of one job and of two."""
    truth, archive, pack = folder / "truth", folder / "submission.zip", folder / "pack"
    generate(scorer, truth, archive, images)
    packing = [*EVALUATOR, "pack", scorer, "--ground-truth", truth, "--out", pack]
    subprocess.run(packing, cwd=ROOT, check=True, capture_output=True)
    score = [*EVALUATOR, "score", scorer, archive, "--ground-truth", pack, "--json", "--jobs"]
    plain = [sys.executable, __file__, "--plain", scorer, archive, truth]
    commands = [plain, [*score, "1"], [*score, "2"]]
    runs = [[timed(command, HEADLINE[scorer]) for command in commands] for _ in range(rounds)]
    medians = [median_run(list(column)) for column in zip(*runs, strict=True)]
    assert np.ptp([run.score for run in medians]) < 1e-9, "the plain loop and the evaluator disagree"
    return medians


def median_run(runs: list[Run]) -> Run:
    middle = statistics.median_low(run.seconds for run in runs)
    return next(run for run in runs if run.seconds == middle)


def timed(command: list[str | Path], headline: str) -> Run:
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout
    answer = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)  # memory of this child alone, unlike RUSAGE_CHILDREN
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"bench: exit code {process.returncode} of: {' '.join(map(str, command))}\n{answer.decode()}")
    score = json.loads(answer.splitlines()[-1])["scores"][headline]
    return Run(time.monotonic() - started, usage.ru_maxrss / 1024, score)


def generate(scorer: str, truth: Path, archive: Path, images: int) -> None:
    """Write ground truth and a submission that agrees with most of it, the same in every run."""
    random = np.random.default_rng(2020)
    draw = heat_and_mask if scorer == "localization" else labels_and_labels
    truth.mkdir()
    with zipfile.ZipFile(archive, "w") as submission:
        for number in range(images):
            predicted, true = draw(random, CLASSES[scorer])
            Image.fromarray(true).save(truth / f"{number:06}.png", compress_level=1)
            with submission.open(f"{number:06}.png", "w") as file:
                Image.fromarray(predicted).save(file, "PNG", compress_level=1)


def labels_and_labels(random: np.random.Generator, classes: int) -> tuple[np.ndarray, np.ndarray]:
    true = random.integers(0, classes + 1, (HEIGHT // BLOCK, WIDTH // BLOCK), dtype=np.uint8)
    missed = random.random(true.shape) < 0.3
    return enlarged(np.where(missed, 0, true).astype(np.uint8)), enlarged(true)


def heat_and_mask(random: np.random.Generator, _: int) -> tuple[np.ndarray, np.ndarray]:
    mask = random.integers(0, 2, (HEIGHT // BLOCK, WIDTH // BLOCK), dtype=np.uint8) * np.uint8(255)
    noise = random.integers(0, 60, (HEIGHT, WIDTH), dtype=np.uint8)
    return enlarged(mask) // 2 + noise, enlarged(mask)


def enlarged(blocks: np.ndarray) -> np.ndarray:
    return blocks.repeat(BLOCK, axis=0).repeat(BLOCK, axis=1)


def plain_score(scorer: str, archive: Path, truth: Path) -> float:
    """Score as one would in an afternoon: image by image, trusting the archive."""
    summarise: Callable[[np.ndarray], float] = peak_iou if scorer == "localization" else mean_iou
    if scorer == "scene-parsing":
        summarise = mean_iou_of_labelled
    total = np.zeros((256, 256), np.int64)
    with zipfile.ZipFile(archive) as submission:
        for name in submission.namelist():
            with submission.open(name) as file:
                predicted = np.asarray(Image.open(file))
            true = np.asarray(Image.open(truth / name)).astype(np.int64)
            total += np.bincount((true * 256 + predicted).ravel(), minlength=256**2).reshape(256, 256)
    return summarise(total)


def mean_iou(confusion: np.ndarray) -> float:
    agreeing = confusion.diagonal()
    union = confusion.sum(axis=0) + confusion.sum(axis=1) - agreeing
    seen = np.flatnonzero(union[1:]) + 1
    return float((agreeing[seen] / union[seen]).mean())


def mean_iou_of_labelled(confusion: np.ndarray) -> float:
    labelled = np.where(np.arange(256)[:, None] == 0, 0, confusion)
    agreeing = labelled.diagonal()
    union = labelled.sum(axis=0) + labelled.sum(axis=1) - agreeing
    classes = np.arange(1, CLASSES["scene-parsing"] + 1)
    return float((agreeing[classes] / np.maximum(union[classes], 1)).mean())


def peak_iou(joint: np.ndarray) -> float:
    inside, outside = (part[::-1].cumsum()[::-1] for part in (joint[255], joint[0]))
    return float((inside / (joint[255].sum() + outside)).max())


if __name__ == "__main__":
    main()
