"""Generated data for the demo: images with shapes, and predictions of teams with more or less skill."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Labels = NDArray[np.uint8]
IGNORED = 255
OTHER_OBJECTS = 0  # of scene parsing: not scored
CLASSES = {"segmentation": 30, "scene-parsing": 150, "localization": 1}  # that occur


@dataclass(frozen=True)
class Split:
    """Generated ground truth of one track: image id -> label map or mask."""

    track: str
    images: dict[str, Labels]

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        for name, labels in self.images.items():
            (folder / f"{name}.png").write_bytes(_png(labels))


def ground_truth(track: str, images: int, seed: int) -> Split:
    """Generate ground truth; the same seed gives the same images on every machine."""
    rng = np.random.default_rng([seed, images])
    labels = _labels(track, rng)
    scene = {
        "segmentation": _objects_on_background,
        "scene-parsing": _whole_scene,
        "localization": _one_object,
    }[track]
    return Split(track, {f"LID_{track}_{number:04d}": scene(rng, labels) for number in range(1, images + 1)})


def submission(truth: Split, skill: float, seed: int, specks: int = 0) -> bytes:
    """Return a zip of predictions of a team with this skill (0..1).

    Without `specks`, single wrong pixels in each map, two good teams have maps that are equal: the truth.
    """
    rng = np.random.default_rng([seed, round(skill * 1000)])
    predict = _heat_map if truth.track == "localization" else _label_map
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, labels in truth.images.items():
            zipped.writestr(f"results/{name}.png", _png(_speckled(predict(labels, skill, rng), specks, rng)))
    return archive.getvalue()


def _speckled(labels: Labels, specks: int, rng: np.random.Generator) -> Labels:
    if not specks:
        return labels
    speckled = labels.copy()
    speckled.flat[rng.integers(0, labels.size, specks)] = rng.choice(np.unique(labels), specks)
    return speckled


def colour_mistake(truth: Split) -> bytes:
    """Return a zip of colour PNGs, which is rejected."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        for name, labels in truth.images.items():
            colours = np.stack([labels, labels // 2, 255 - labels], axis=-1)
            zipped.writestr(f"{name}.png", _png(colours))
    return archive.getvalue()


def _labels(track: str, rng: np.random.Generator) -> Iterator[int]:
    """The track's labels in a random order, over and over, so that no class has much fewer images than another."""
    classes = 1 + np.arange(CLASSES[track], dtype=int)
    while True:
        yield from rng.permutation(classes).tolist()


def _objects_on_background(rng: np.random.Generator, labels: Iterator[int]) -> Labels:
    picture = np.zeros(_size(rng), np.uint8)
    for _ in range(rng.integers(1, 5)):
        shape = _ellipse(rng, picture.shape)
        picture[shape] = next(labels)
        picture[_outline(shape)] = IGNORED
    return picture


def _whole_scene(rng: np.random.Generator, labels: Iterator[int]) -> Labels:
    height, _ = size = _size(rng)
    picture = np.full(size, next(labels), np.uint8)
    picture[rng.integers(height // 3, height) :] = next(labels)
    picture[_ellipse(rng, size)] = OTHER_OBJECTS
    for _ in range(rng.integers(6, 12)):
        picture[_ellipse(rng, size)] = next(labels)
    return picture


def _one_object(rng: np.random.Generator, _: Iterator[int]) -> Labels:
    size = _size(rng)
    return np.where(_ellipse(rng, size) | _ellipse(rng, size), 255, 0).astype(np.uint8)


def _size(rng: np.random.Generator) -> tuple[int, int]:
    return int(rng.integers(90, 180)), int(rng.integers(120, 240))


def _ellipse(rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.bool_]:
    y, x = np.mgrid[0 : size[0], 0 : size[1]]
    (cy, cx), (ry, rx) = rng.uniform(0.2, 0.8, 2) * size, rng.uniform(0.12, 0.35, 2) * size
    inside: NDArray[np.bool_] = ((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2 < 1
    return inside


def _outline(shape: NDArray[np.bool_]) -> NDArray[np.bool_]:
    picture = Image.fromarray(shape.astype(np.uint8) * 255)
    return np.asarray(picture.filter(ImageFilter.FIND_EDGES)) > 0


def _label_map(truth: Labels, skill: float, rng: np.random.Generator) -> Labels:
    """Return the truth with some shapes missing or mislabelled and coarse edges; fewer with more skill."""
    seen = np.where(truth == IGNORED, 0, truth).astype(np.uint8)
    top = 150 if truth.max() <= 150 else 200
    for label in np.unique(seen)[1:]:
        if rng.random() > 0.35 + 0.65 * skill:
            seen[seen == label] = rng.choice([0, int(rng.integers(1, top + 1))])
    return _coarser(seen, 1 + round((1 - skill) * 10))


def _coarser(labels: Labels, step: int) -> Labels:
    picture = Image.fromarray(labels)
    small = picture.resize(
        (max(1, picture.width // step), max(1, picture.height // step)), Image.Resampling.NEAREST
    )
    return np.asarray(small.resize(picture.size, Image.Resampling.NEAREST))


def _heat_map(truth: Labels, skill: float, rng: np.random.Generator) -> Labels:
    """Return the mask blurred and mixed with smooth noise; less with more skill."""
    height, width = truth.shape
    blur = ImageFilter.GaussianBlur(2 + 22 * (1 - skill))
    heat = np.asarray(Image.fromarray(truth).filter(blur), np.float64) / 255
    grid = Image.fromarray(rng.random((6, 8)).astype(np.float32))
    noise = np.asarray(grid.resize((width, height), Image.Resampling.BICUBIC))
    mixed = skill * heat + (1 - skill) * 0.8 * noise
    contrast = 0.35 + 0.65 * rng.beta(2 + 6 * skill, 2)
    return (np.clip(mixed * contrast, 0, 1) * 255).astype(np.uint8)


def _png(pixels: Labels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()
