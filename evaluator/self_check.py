"""Self check: packs and scores a tiny split of its own, to find out whether this host can score at all."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

import numpy as np

from evaluator.engine import evaluate
from evaluator.groundtruth import GroundTruth, pack
from evaluator.inspection import CHUNK
from evaluator.png.decode import encode
from evaluator.scorers import make

SIDE, EXPECTED = 8, {"mean_iou": 0.25, "mean_accuracy": 0.5, "pixel_accuracy": 0.5}


class SelfCheckFailed(Exception):
    """The tiny split got other scores than it should."""


def check_host(jobs: int) -> None:
    """Pack and score enough tiny images for two processes, in the folder for temporary files.

    The left half of each image is class 1 and the right half class 2; the prediction is class 1 everywhere.
    Raises SelfCheckFailed, and whatever packing and scoring raise.
    """
    target = np.ones((SIDE, SIDE), np.uint8)
    target[:, SIDE // 2 :] = 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder / "truth.zip", encode(target))
        _write(folder / "prediction.zip", encode(np.ones_like(target)))
        pack(folder / "truth.zip", make("segmentation", {}), folder / "pack")
        with (folder / "pack").open("rb") as stream:
            result, _ = evaluate(folder / "prediction.zip", GroundTruth(stream), jobs=jobs)
    scores = result.scores or {}
    if wrong := {key: scores.get(key) for key, value in EXPECTED.items() if scores.get(key) != value}:
        raise SelfCheckFailed(f"The self check should give {EXPECTED} and gave {wrong}.")


def _write(path: Path, png: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(CHUNK + 1):
            archive.writestr(f"{number}.png", png)
