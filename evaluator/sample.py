"""Makes a valid submission from a manifest alone: every map constant 0, to see the names and sizes wanted."""

from __future__ import annotations

import zipfile
from functools import cache
from pathlib import Path

import numpy as np

from evaluator import png
from evaluator.contract import Manifest


def write_sample(manifest: Manifest, out: Path) -> None:
    """Write the sample zip to `out`; the same manifest gives the same bytes."""
    with zipfile.ZipFile(out, "w") as archive:
        for image in manifest.images:
            entry = zipfile.ZipInfo(f"{image.id}.png")  # dated 1980, whatever the clock says
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, _blank(image.width, image.height))


@cache
def _blank(width: int, height: int) -> bytes:
    return png.encode(np.zeros((height, width), np.uint8))
