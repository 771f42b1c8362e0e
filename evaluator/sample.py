"""Writes a valid sample submission from a manifest: all maps constant 0, with the expected names and sizes."""

from __future__ import annotations

import zipfile
from functools import cache
from pathlib import Path

import numpy as np

from evaluator.contract import Manifest
from evaluator.png.decode import encode


def write_sample(manifest: Manifest, out: Path) -> None:
    """Write the sample zip to `out`; the same manifest gives the same bytes."""
    with zipfile.ZipFile(out, "w") as archive:
        for image in manifest.images:
            entry = zipfile.ZipInfo(f"{image.id}.png")  # dated 1980 by default, independent of the clock
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, _blank(image.width, image.height))


@cache
def _blank(width: int, height: int) -> bytes:
    return encode(np.zeros((height, width), np.uint8))
