"""Run-length encoding of label maps and masks: how packs keep ground truth, and what counting walks along."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MAX_RUN_LENGTH = 0xFFFF  # pixels; a longer run is split
LENGTH_DTYPE = np.dtype("<u2")
BYTES_PER_RUN = 3

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Rle:
    """A run-length encoded map, row after row.

    `packed` holds all run lengths as 16-bit little-endian integers, then all values; `shape` is (height, width).
    """

    packed: bytes
    shape: tuple[int, int]

    @classmethod
    def encode(cls, pixels: Pixels) -> Rle:
        """Encode uint8 [height, width]."""
        flat = pixels.reshape(-1)
        starts = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1])
        lengths = np.diff(starts, append=flat.size)
        full_pieces = (lengths - 1) // MAX_RUN_LENGTH  # before a run's last piece
        last_pieces = lengths - full_pieces * MAX_RUN_LENGTH
        lengths = np.insert(last_pieces, np.repeat(np.arange(starts.size), full_pieces), MAX_RUN_LENGTH)
        values = np.repeat(flat[starts], full_pieces + 1)
        height, width = pixels.shape
        return cls(lengths.astype(LENGTH_DTYPE).tobytes() + values.tobytes(), (height, width))

    @classmethod
    def blank(cls, height: int, width: int) -> Rle:
        """Return a map of zeros."""
        full, rest = divmod(height * width, MAX_RUN_LENGTH)
        lengths = np.array([MAX_RUN_LENGTH] * full + [rest] * (rest > 0), LENGTH_DTYPE)
        return cls(lengths.tobytes() + bytes(lengths.size), (height, width))

    def __len__(self) -> int:
        """Return the number of runs."""
        return len(self.packed) // BYTES_PER_RUN

    def decode(self) -> Pixels:
        """Return uint8 [height, width]. Raises ValueError where the run lengths do not add up to its size."""
        lengths = np.frombuffer(self.packed, LENGTH_DTYPE, len(self))
        values = np.frombuffer(self.packed, np.uint8, len(self), lengths.nbytes)
        return np.repeat(values, lengths).reshape(self.shape)
