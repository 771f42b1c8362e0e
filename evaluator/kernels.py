"""The loops over pixels, compiled by numba when this file is imported, or loaded from its cache.

numba checks no bounds: each kernel proves the lengths of what it is given before it touches a byte. Only
`evaluator.compiled` imports this file: it knows whether the machine can run it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import boolean, njit, types, uint8

Kernel = TypeVar("Kernel", bound=Callable[..., Any])
Bytes = npt.NDArray[np.uint8]

int32 = np.int32
BYTES = types.Array(uint8, 1, "C", readonly=True)  # takes writable ones as well
PICTURE = types.Array(uint8, 2, "C")


def kernel(signature: object) -> Callable[[Kernel], Kernel]:
    """Compile a function for one signature at once: nothing is left to compile at its first call."""
    return cast(Callable[[Kernel], Kernel], njit(signature, cache=True, nogil=True))


def part(function: Kernel) -> Kernel:
    """Compile a part of kernels into each kernel that calls it."""
    return cast(Kernel, njit(function, inline="always"))


@part
def predict(left: int32, above: int32, corner: int32) -> int32:
    """Choose Paeth's predictor without a branch: it is the median of the three when seen from 3 corners - sum."""
    turn = int32(3) * corner - (left + above)
    low, high = min(left, above), max(left, above)
    return high if turn <= low else (low if high <= turn else corner)


@part
def undo_none(row: Bytes, pixels: Bytes) -> None:
    """Copy: byte by byte, which becomes vectors, where a slice assignment would not."""
    for x in range(row.size):
        pixels[x] = row[x]


@part
def undo_sub(row: Bytes, pixels: Bytes) -> None:
    """Add what is to the left."""
    left = int32(0)
    for x in range(row.size):
        left = (left + int32(row[x])) & int32(255)
        pixels[x] = left


@part
def undo_up(row: Bytes, above: Bytes, pixels: Bytes) -> None:
    """Add what is above."""
    for x in range(row.size):
        pixels[x] = np.uint8(row[x] + above[x])


@part
def undo_average(row: Bytes, above: Bytes, pixels: Bytes) -> None:
    """Add the mean, rounded down, of what is to the left and above."""
    left = int32(0)
    for x in range(row.size):
        left = (int32(row[x]) + ((left + int32(above[x])) >> int32(1))) & int32(255)
        pixels[x] = left


@part
def undo_paeth(row: Bytes, above: Bytes, pixels: Bytes) -> None:
    """Add Paeth's predictor."""
    left, corner = int32(0), int32(0)
    for x in range(row.size):
        up = int32(above[x])
        left = (int32(row[x]) + predict(left, up, corner)) & int32(255)
        corner = up
        pixels[x] = left


@part
def undo_two_paeths(row: Bytes, lower_row: Bytes, above: Bytes, pixels: Bytes, lower: Bytes) -> None:
    """Undo two Paeth rows side by side, the lower one a pixel behind: the processor works on both at once."""
    last = row.size - 1
    corner = int32(above[0])
    left = (int32(row[0]) + corner) & int32(255)
    pixels[0] = left
    lower_left, lower_corner = int32(0), int32(0)
    for x in range(1, row.size):
        up, lower_up = int32(above[x]), left
        left = (int32(row[x]) + predict(left, up, corner)) & int32(255)
        lower_left = (int32(lower_row[x - 1]) + predict(lower_left, lower_up, lower_corner)) & int32(255)
        corner, lower_corner = up, lower_up
        pixels[x] = left
        lower[x - 1] = lower_left
    lower[last] = (int32(lower_row[last]) + predict(lower_left, left, lower_corner)) & int32(255)


@part
def undo(kind: int, row: Bytes, above: Bytes, pixels: Bytes) -> bool:
    """Undo the filter of one row; False where there is no such filter."""
    if kind == 0:
        undo_none(row, pixels)
    elif kind == 1:
        undo_sub(row, pixels)
    elif kind == 2:
        undo_up(row, above, pixels)
    elif kind == 3:
        undo_average(row, above, pixels)
    elif kind == 4:
        undo_paeth(row, above, pixels)
    else:
        return False
    return True


@kernel(boolean(BYTES, PICTURE))
def unfilter(raw: Bytes, pixels: Bytes) -> bool:
    """Undo PNG's filters: `raw` is a filter byte and a row of bytes per row of `pixels`, which is filled.

    False where the lengths do not fit or a filter byte is unknown. Rows are handed on as slices: only so does
    the compiler see that no index is negative, and uses the processor's vectors.
    """
    height, width = pixels.shape
    step = width + 1
    if width == 0 or raw.size != height * step:
        return False
    above = np.zeros(width, np.uint8)
    y = 0
    while y < height:
        start = y * step
        row = raw[start + 1 : start + step]
        if raw[start] == 4 and y + 1 < height and raw[start + step] == 4:
            lower_row = raw[start + step + 1 : start + 2 * step]
            undo_two_paeths(row, lower_row, above, pixels[y], pixels[y + 1])
            y += 1
        elif not undo(raw[start], row, above, pixels[y]):
            return False
        above = pixels[y]
        y += 1
    return True
