"""Times every decoder of PNGs: CPU per image as a ratio to Pillow, the median of rounds made in turn.

python tools/bench/decoders.py submission.zip
"""

import io
import json
import statistics
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np
from PIL import Image

from evaluator import inflate
from evaluator.kernels import compiled
from evaluator.png.decode import decode

IMAGES, ROUNDS = 150, 5


def main() -> None:
    assert compiled.start(), "the kernels are missing"
    pngs = read(Path(sys.argv[1]), IMAGES)
    rounds = [[seconds(decode_one, pngs) for decode_one in DECODERS.values()] for _ in range(ROUNDS)]
    alone, *ours = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratios = (seconds / alone for seconds in ours)
    print(json.dumps({"Pillow": alone / len(pngs) * 1e6, **dict(zip(list(DECODERS)[1:], ratios, strict=True))}))


def read(path: Path, limit: int) -> list[bytes]:
    with zipfile.ZipFile(path) as archive:
        return [archive.read(name) for name in archive.namelist()[:limit] if name.endswith(".png")]


def seconds(decode_one: Callable[[bytes], object], pngs: list[bytes]) -> float:
    """CPU of one pass over all."""
    begun = time.process_time()
    for png in pngs:
        decode_one(png)
    return time.process_time() - begun


def pillow(png: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        return np.asarray(image)


def fast(png: bytes) -> np.ndarray:
    return decode(png, "a map")


def without_kernels(png: bytes) -> np.ndarray:
    with mock.patch.object(compiled, "kernels", None):
        return decode(png, "a map")


def plain(png: bytes) -> np.ndarray:
    with mock.patch.object(inflate, "deflate", None):
        return without_kernels(png)


DECODERS = {"Pillow": pillow, "compiled": fast, "no kernels": without_kernels, "no libdeflate either": plain}


if __name__ == "__main__":
    main()
