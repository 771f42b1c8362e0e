"""Times what a team could send to keep a worker busy: the dearest maps of a size against the usual ones.

python tools/bench/worst_case.py
"""

import json
import struct
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from data import label_maps, mask_and_heat_map, png

from evaluator.engine import evaluate
from evaluator.groundtruth import GroundTruth, open_ground_truth
from evaluator.kernels import compiled
from evaluator.scorers import make

SIZE = WIDTH, HEIGHT = 500, 375
IMAGES, ROUNDS = 48, 3
HIGHEST = {"segmentation": 200, "scene-parsing": 150, "localization": 255}


def main() -> None:
    compiled.start()
    print(json.dumps({scorer: ratios(scorer) for scorer in HIGHEST}))


def ratios(scorer: str) -> dict[str, float]:
    """CPU of each kind of map over that of the usual ones; for those themselves, microseconds an image."""
    pairs = [usual(scorer, number) for number in range(IMAGES)]
    truth = {f"{number:03}.png": png(pair[0]) for number, pair in enumerate(pairs)}
    kinds = {"usual": [png(pair[1]) for pair in pairs], **odd(HIGHEST[scorer])}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = write(folder / "truth.zip", truth.values())
        archives = {kind: write(folder / f"{kind}.zip", pngs) for kind, pngs in kinds.items()}
        with open_ground_truth(source, make(scorer, {})) as opened:
            rounds = [{kind: seconds(path, opened) for kind, path in archives.items()} for _ in range(ROUNDS)]
    least = {kind: min(times[kind] for times in rounds) for kind in kinds}
    usual_one = least.pop("usual")
    return {"usual": usual_one / IMAGES * 1e6} | {kind: time / usual_one for kind, time in least.items()}


def usual(scorer: str, number: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(number)
    if scorer == "localization":
        return mask_and_heat_map(random, SIZE)
    return label_maps(random, scorer, SIZE, 4 if scorer == "segmentation" else 10)


def odd(highest: int) -> dict[str, list[bytes]]:
    """Noise and patterns of values up to `highest`; noise also unpacked, and by the dearest filter."""
    random = np.random.default_rng(2020)
    noise = random.integers(0, highest + 1, (HEIGHT, WIDTH), dtype=np.uint8)
    indices = np.indices((HEIGHT, WIDTH)).sum(axis=0)
    maps = {
        "constant": np.full_like(noise, 1),
        "checkers": (indices % 2).astype(np.uint8),
        "coin flips": random.integers(0, 2, noise.shape, dtype=np.uint8),
        "waves": (indices * indices // 40 % (highest + 1)).astype(np.uint8),
        "noise": noise,
    }
    kinds = {kind: png(pixels) for kind, pixels in maps.items()}
    kinds |= {"noise, stored": png(noise, compress_level=0), "noise, averaged": averaged(noise)}
    return {kind: [picture] * IMAGES for kind, picture in kinds.items()}


def averaged(pixels: np.ndarray) -> bytes:
    """Encode by the filter Average in every row, of which no two bytes can be undone at once."""
    framed = np.pad(pixels, ((1, 0), (1, 0))).astype(np.uint16)
    rows = pixels - ((framed[1:, :-1] + framed[:-1, 1:]) // 2).astype(np.uint8)
    raw = np.pad(rows, ((0, 0), (1, 0)), constant_values=3).tobytes()
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 0, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(raw)), (b"IEND", b"")
    checked = [(len(body), kind + body, zlib.crc32(kind + body)) for kind, body in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", length) + body + struct.pack(">I", checksum) for length, body, checksum in checked
    )


def write(path: Path, pngs: Iterable[bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, picture in enumerate(pngs):
            archive.writestr(f"{number:03}.png", picture)
    return path


def seconds(submission: Path, truth: GroundTruth) -> float:
    begun = time.process_time()
    evaluate(submission, truth)
    return time.process_time() - begun


if __name__ == "__main__":
    main()
