"""A picture as runs of equal pixels, row after row: how ground truth is kept, and counted along."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LONGEST = 0xFFFF  # pixels of a run; longer ones are kept in pieces
LENGTH = np.dtype("<u2")
BYTES_A_RUN = 3

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Runs:
    """`packed` holds all lengths as 16 bits, the lower byte first, then all values; `shape` is (height, width)."""

    packed: bytes
    shape: tuple[int, int]

    @classmethod
    def of(cls, pixels: Pixels) -> Runs:
        """Find the runs of uint8 [height, width]."""
        flat = pixels.reshape(-1)
        starts = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1])
        lengths = np.diff(starts, append=flat.size)
        pieces = (lengths - 1) // LONGEST  # ahead of a run's last one
        lasts = lengths - pieces * LONGEST
        lengths = np.insert(lasts, np.repeat(np.arange(starts.size), pieces), LONGEST)
        values = np.repeat(flat[starts], pieces + 1)
        height, width = pixels.shape
        return cls(lengths.astype(LENGTH).tobytes() + values.tobytes(), (height, width))

    def __len__(self) -> int:
        """Count the runs."""
        return len(self.packed) // BYTES_A_RUN

    def pixels(self) -> Pixels:
        """Return uint8 [height, width]; ValueError where the lengths do not fill it exactly."""
        lengths = np.frombuffer(self.packed, LENGTH, len(self))
        values = np.frombuffer(self.packed, np.uint8, len(self), lengths.nbytes)
        return np.repeat(values, lengths).reshape(self.shape)
