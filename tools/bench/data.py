"""Makes splits like the real ones: smooth label maps, and heat maps as networks draw them; the same each time."""

import io
import json
import zipfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

VERSION = 1  # of what is drawn: a folder of another version is made anew
PHOTOS = [(500, 375)] * 6 + [(375, 500)] * 2 + [(500, 333)] * 3 + [(640, 480)]
SCENES = [(683, 512)] * 5 + [(512, 683), (512, 512), (768, 512)]
CLASSES = {"segmentation": 200, "scene-parsing": 150}
IGNORED = {"segmentation": 255, "scene-parsing": 0}
GRIDS = (14, 28, 40)  # cells on the long side of a network's last layer

Pixels = np.ndarray
Random = np.random.Generator


class Split(NamedTuple):
    """Where a split lies: the folder of its truth, the submission, and how many images both have."""

    scorer: str
    truth: Path
    submission: Path
    images: int

    @property
    def pack(self) -> Path:
        """The truth, packed."""
        return self.truth.with_name("pack")


def make_split(folder: Path, scorer: str, images: int, distinct: int) -> Split:
    """Draw `distinct` pictures and repeat them under other names; what was made before is kept."""
    folder = folder / f"{scorer}-{images}"
    split = Split(scorer, folder / "truth", folder / "submission.zip", images)
    made, facts = folder / "made.json", {"version": VERSION, "distinct": distinct}
    if made.exists() and json.loads(made.read_text()) == facts:
        return split
    split.truth.mkdir(parents=True, exist_ok=True)
    made.unlink(missing_ok=True)
    with ProcessPoolExecutor() as pool:
        pictures = list(pool.map(partial(draw, scorer), range(min(distinct, images)), chunksize=8))
    with zipfile.ZipFile(split.submission, "w", zipfile.ZIP_DEFLATED) as submission:
        for number in range(images):
            truth, prediction = pictures[number % len(pictures)]
            (split.truth / f"{number:06}.png").write_bytes(truth)
            submission.writestr(f"{number:06}.png", prediction)
    made.write_text(json.dumps(facts))
    return split


def draw(scorer: str, number: int) -> tuple[bytes, bytes]:
    """Return truth and prediction of one image as PNGs."""
    random = np.random.default_rng([VERSION, number])
    if scorer == "localization":
        truth, prediction = mask_and_heat_map(random, PHOTOS[random.integers(len(PHOTOS))])
    else:
        sizes, most = (PHOTOS, 4) if scorer == "segmentation" else (SCENES, 10)
        truth, prediction = label_maps(random, scorer, sizes[random.integers(len(sizes))], most)
    return png(truth), png(prediction)


def label_maps(random: Random, scorer: str, size: tuple[int, int], most: int) -> tuple[Pixels, Pixels]:
    """Give each pixel the class whose smooth field is highest there; the prediction sees other fields."""
    labels = 1 + random.choice(CLASSES[scorer], random.integers(2, most + 1), replace=False)
    if scorer == "segmentation":
        labels[0] = 0  # the background
    fields = np.stack([smooth(random, size, 4) + 0.07 * smooth(random, size, 60) for _ in labels])
    fields[0] += 0.5
    seen = fields + 0.3 * np.stack([smooth(random, size, 8) for _ in labels])
    truth, prediction = labels[fields.argmax(axis=0)], labels[seen.argmax(axis=0)]
    truth[np.abs(smooth(random, size, 9)) < 0.006] = IGNORED[scorer]
    if random.random() < 0.3:  # one class taken for another
        prediction[prediction == labels[-1]] = 1 + random.integers(CLASSES[scorer])
    return truth.astype(np.uint8), prediction.astype(np.uint8)


def mask_and_heat_map(random: Random, size: tuple[int, int]) -> tuple[Pixels, Pixels]:
    """Draw an object with a rough rim, and a coarse map of about the same place, enlarged to the image."""
    long, (x, y), (wide, high) = max(size), random.uniform(0.3, 0.7, 2), random.uniform(0.1, 0.3, 2)
    rim = smooth(random, size, 7) / 3 + smooth(random, size, 40) / 8
    mask = (bump(size, x, y, wide, high) + rim > 0.6) * np.uint8(255)
    cells = int(random.choice(GRIDS))
    coarse = max(2, round(cells * size[0] / long)), max(2, round(cells * size[1] / long))
    moved = random.normal(0, 0.04, 2)
    activity = bump(coarse, x + moved[0], y + moved[1], wide, high) + random.normal(-0.05, 0.1, coarse[::-1])
    kind = Image.Resampling.BILINEAR if random.random() < 0.6 else Image.Resampling.BICUBIC
    heat = np.clip(enlarged(np.maximum(activity, 0), size, kind), 0, None)
    return mask, np.rint(heat / max(heat.max(), 1e-6) * 255).astype(np.uint8)


def smooth(random: Random, size: tuple[int, int], cells: int) -> np.ndarray:
    """A random field [height, width] with about so many bumps on its long side."""
    grid = [max(2, round(cells * side / max(size))) for side in size]
    return enlarged(random.standard_normal(grid[::-1]), size, Image.Resampling.BICUBIC)


def bump(size: tuple[int, int], x: float, y: float, wide: float, high: float) -> np.ndarray:
    """A Gaussian hill [height, width]; place and extent are fractions of the size."""
    across, down = np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1])[:, np.newaxis]
    return np.exp(-(((across - x) / wide) ** 2) - ((down - y) / high) ** 2)


def enlarged(field: np.ndarray, size: tuple[int, int], kind: Image.Resampling) -> np.ndarray:
    return np.asarray(Image.fromarray(field.astype(np.float32)).resize(size, kind))


def png(pixels: Pixels, **options: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", **options)
    return stream.getvalue()
