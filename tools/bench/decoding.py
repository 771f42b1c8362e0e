"""Time the decoding of PNGs on every way: CPU per image as a ratio to Pillow, the median of rounds made in turn.

python tools/bench_png.py submission.zip ...
"""

import argparse
import io
import statistics
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from evaluator import compiled, inflate
from evaluator.png import decode


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("zips", nargs="+", type=Path, metavar="ZIP", help="8-bit grey or palette PNGs")
    parser.add_argument("--limit", type=int, default=200, help="images of each zip (200)")
    parser.add_argument("--rounds", type=int, default=7, help="rounds, of which the median counts (7)")
    options = parser.parse_args()
    if not compiled.start():
        sys.exit("bench: numba is missing")
    print("| zip | Pillow alone, µs | compiled | no kernels | no libdeflate either |\n|---|---|---|---|---|")
    for path in options.zips:
        pngs = read(path, options.limit)
        rounds = [[seconds(way, pngs) for way in WAYS] for _ in range(options.rounds)]
        alone, *ours = (statistics.median(column) / len(pngs) for column in zip(*rounds, strict=True))
        ratios = " | ".join(f"{way / alone:.2f}" for way in ours)
        print(f"| {path} | {alone * 1e6:.0f} | {ratios} |", flush=True)


def read(path: Path, limit: int) -> list[bytes]:
    with zipfile.ZipFile(path) as archive:
        return [archive.read(name) for name in archive.namelist()[:limit] if name.endswith(".png")]


def seconds(way: Callable[[bytes], object], pngs: list[bytes]) -> float:
    """CPU of one pass over all."""
    begun = time.process_time()
    for png in pngs:
        way(png)
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


WAYS = (pillow, fast, without_kernels, plain)


if __name__ == "__main__":
    main()
