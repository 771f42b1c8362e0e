"""How two packs of a split differ: images added, missing and changed, with pixels, labels and pictures."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from evaluator.groundtruth import GroundTruth
from evaluator.rle import Pixels
from evaluator.zip.archive import open_file

MOST_LISTED = 1000  # of each kind; the counts are of all
MOST_LABELS = 20  # pairs of labels of an image
MOST_PICTURES = 24  # changed images, those with the most changed pixels
SIDE = 320  # pixels, of a picture's longer side
CHANGED = (255, 0, 128)
KINDS = ("old", "new", "difference")


@dataclass(frozen=True)
class ChangedImage:
    """An image whose map is another: its changed pixels, and from which label to which how many of them."""

    id: str
    width: int
    height: int
    pixels: int
    labels: list[tuple[int, int, int]]  # from, to, pixels; the most frequent first


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command line takes."""
    parser.add_argument("old", type=Path, metavar="OLD_PACK")
    parser.add_argument("new", type=Path, metavar="NEW_PACK")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="write PNGs of changed images there")


def run(arguments: argparse.Namespace) -> int:
    """Print how two packs differ, as one line of JSON."""
    if arguments.pictures:
        arguments.pictures.mkdir(exist_ok=True)
    with open_file(arguments.old) as old, open_file(arguments.new) as new:
        found = find_differences(GroundTruth(old), GroundTruth(new), arguments.pictures)
    sys.stdout.write(f"{found}\n")
    return 0


def find_differences(old: GroundTruth, new: GroundTruth, pictures: Path | None = None) -> str:
    """Return the differences as one line of JSON; write pictures of the most changed images into a folder."""
    before, after = ({image.id: at for at, image in enumerate(pack.manifest.images)} for pack in (old, new))
    common = [name for name in after if name in before]
    sizes = {name: (_size(old, before[name]), _size(new, after[name])) for name in common}
    resized = [name for name, (one, other) in sizes.items() if one != other]
    changed: list[ChangedImage] = []
    for name in common:
        if sizes[name][0] == sizes[name][1]:
            changed.extend(_changes(name, *_maps(old, new, before[name], after[name])))
    changed.sort(key=lambda image: (-image.pixels, image.id))
    for number, image in enumerate(changed[:MOST_PICTURES] if pictures else ()):
        _draw(*_maps(old, new, before[image.id], after[image.id]), f"{pictures}/{number}")
    lists: dict[str, list[Any]] = {
        "added": [name for name in after if name not in before],
        "missing": [name for name in before if name not in after],
        "resized": resized,
        "changed": [asdict(image) for image in changed],
    }
    return json.dumps(_facts(old, new) | _shortened(lists) | {"pictures": min(len(changed), MOST_PICTURES)})


def _facts(old: GroundTruth, new: GroundTruth) -> dict[str, Any]:
    both = old.manifest, new.manifest
    return {
        "outcome": "differences",
        "images": [len(manifest.images) for manifest in both],
        "scorers": [f"{manifest.scorer} {manifest.scorer_version}" for manifest in both],
        "options": [manifest.options for manifest in both],
    }


def _shortened(lists: dict[str, list[Any]]) -> dict[str, Any]:
    counts = {f"{name}_count": len(items) for name, items in lists.items()}
    pixels = sum(image["pixels"] for image in lists["changed"])
    return counts | {"changed_pixels": pixels} | {name: items[:MOST_LISTED] for name, items in lists.items()}


def _size(pack: GroundTruth, index: int) -> tuple[int, int]:
    return pack.manifest.images[index].width, pack.manifest.images[index].height


def _maps(old: GroundTruth, new: GroundTruth, before: int, after: int) -> tuple[Pixels, Pixels]:
    return old.read(before).decode(), new.read(after).decode()


def _changes(name: str, old: Pixels, new: Pixels) -> Iterator[ChangedImage]:
    """Yield the image if its maps differ."""
    differ = old != new
    if pixels := int(differ.sum()):
        pairs = old[differ].astype(np.uint16) * 256 + new[differ]
        values, counts = np.unique(pairs, return_counts=True)
        order = np.argsort(-counts, kind="stable")[:MOST_LABELS]
        labels = [(int(values[at]) // 256, int(values[at]) % 256, int(counts[at])) for at in order]
        yield ChangedImage(name, old.shape[1], old.shape[0], pixels, labels)


def _draw(old: Pixels, new: Pixels, stem: str) -> None:
    """Write the three pictures; one changed pixel stays visible, however small they are drawn."""
    step = -(-max(old.shape) // SIDE)
    differ = np.pad(old != new, [(0, -side % step) for side in old.shape])
    blocks = differ.reshape(differ.shape[0] // step, step, differ.shape[1] // step, step).any(axis=(1, 3))
    maps = [_colours()[pixels[::step, ::step]] for pixels in (old, new)]
    faded = (maps[1] // 4 + 160).astype(np.uint8)
    faded[blocks] = CHANGED
    for kind, picture in zip(KINDS, [*maps, faded], strict=True):
        Image.fromarray(picture).save(f"{stem}-{kind}.png", optimize=True)


def _colours() -> npt.NDArray[np.uint8]:
    """Return a colour for each label: 0 is black, 255 white, and neighbours are far apart."""
    labels = np.arange(256)
    hues = labels[:, None] * 0.618034 * 2 * np.pi + np.array([0, 2, 4]) * np.pi / 3
    colours = (150 + 90 * np.cos(hues)).astype(np.uint8)
    colours[0], colours[255] = 0, 255
    return colours
