"""Reads the fingerprints of maps from a file of per-image counts, without numpy."""

from __future__ import annotations

import zipfile
from array import array
from pathlib import Path

FINGERPRINTS = "fingerprints"  # the entry of the .npz: 8 bytes for each image, little-endian, stored
LONGEST = 8 * 1_000_000


def read_fingerprints(path: Path) -> frozenset[int]:
    """Return the fingerprints of all maps but those of a single value. Raises OSError, ValueError."""
    try:
        with zipfile.ZipFile(path) as file:
            entry = file.getinfo(FINGERPRINTS)
            if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > LONGEST:
                raise ValueError("its fingerprints are no list of numbers")
            packed = file.read(entry)
    except (KeyError, zipfile.BadZipFile) as error:
        raise ValueError(f"it has no fingerprints: {error}") from error
    numbers = array("Q", packed[: len(packed) // 8 * 8])
    return frozenset(numbers) - {0}
