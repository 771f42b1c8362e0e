"""Undoes PNG's filters row by row: fast where few rows have the filters Average and Paeth, as in label maps."""

from __future__ import annotations

import numpy as np

from evaluator.kernels.words import ONE, ZERO, Bytes, part, uint8, uint64

int32 = np.int32
BYTE = int32(255)


@part
def undo_rows(raw: Bytes, above: Bytes, pixels: Bytes) -> None:
    """Fill `pixels`, whole rows as long as `above`; `raw` has a filter byte before each row.

    Rows are passed as slices: only then does the compiler see that no index is negative.
    """
    width = uint64(above.size)
    step, rows, done = width + ONE, uint64(pixels.size) // width, ZERO
    while done < rows:
        kind, row = raw[done * step], raw[done * step + ONE : (done + ONE) * step]
        now, after = pixels[done * width : (done + ONE) * width], pixels[(done + ONE) * width :]
        if kind == 4 and done + ONE < rows and raw[(done + ONE) * step] == 4:
            undo_two_paeths(row, raw[(done + ONE) * step + ONE :], above, now, after)
            done += ONE
            above = pixels[done * width : (done + ONE) * width]
        else:
            undo_row(kind, row, above, now)
            above = now
        done += ONE


@part
def undo_row(kind: uint8, row: Bytes, above: Bytes, pixels: Bytes) -> None:
    """Undo the filter `kind`, one of the five."""
    if kind == 0:
        undo_none(row, pixels)
    elif kind == 1:
        undo_sub(row, pixels)
    elif kind == 2:
        undo_up(row, above, pixels)
    elif kind == 3:
        undo_average(row, above, pixels)
    else:
        undo_paeth(row, above, pixels)


@part
def undo_none(row: Bytes, pixels: Bytes) -> None:
    """Copy byte by byte, which the compiler vectorizes, unlike a slice assignment."""
    for x in range(row.size):
        pixels[x] = row[x]


@part
def undo_sub(row: Bytes, pixels: Bytes) -> None:
    """Add what is to the left."""
    left = int32(0)
    for x in range(row.size):
        left = (left + int32(row[x])) & BYTE
        pixels[x] = left


@part
def undo_up(row: Bytes, above: Bytes, pixels: Bytes) -> None:
    """Add what is above."""
    for x in range(row.size):
        pixels[x] = uint8(row[x] + above[x])


@part
def undo_average(row: Bytes, above: Bytes, pixels: Bytes) -> None:
    """Add the mean, rounded down, of what is to the left and above."""
    left = int32(0)
    for x in range(row.size):
        left = (int32(row[x]) + ((left + int32(above[x])) >> int32(1))) & BYTE
        pixels[x] = left


@part
def undo_paeth(row: Bytes, above: Bytes, pixels: Bytes) -> None:
    """Add Paeth's predictor."""
    left, corner = int32(0), int32(0)
    for x in range(row.size):
        up = int32(above[x])
        left = (int32(row[x]) + predict(left, up, corner)) & BYTE
        corner = up
        pixels[x] = left


@part
def undo_two_paeths(row: Bytes, lower_row: Bytes, above: Bytes, pixels: Bytes, lower: Bytes) -> None:
    """Undo two Paeth rows side by side, the lower one a pixel behind: the processor works on both at once."""
    last = row.size - 1
    corner = int32(above[0])
    left = (int32(row[0]) + corner) & BYTE
    pixels[0] = left
    lower_left, lower_corner = int32(0), int32(0)
    for x in range(1, row.size):
        up, lower_up = int32(above[x]), left
        left = (int32(row[x]) + predict(left, up, corner)) & BYTE
        lower_left = (int32(lower_row[x - 1]) + predict(lower_left, lower_up, lower_corner)) & BYTE
        corner, lower_corner = up, lower_up
        pixels[x] = left
        lower[x - 1] = lower_left
    lower[last] = (int32(lower_row[last]) + predict(lower_left, left, lower_corner)) & BYTE


@part
def predict(left: int32, above: int32, corner: int32) -> int32:
    """Return Paeth's predictor without a branch.

    Where 3 × corner - (left + above) is at most the lower of left and above, it is the higher one; where it is at
    least the higher one, it is the lower; else the corner.
    """
    turn = int32(3) * corner - (left + above)
    low, high = min(left, above), max(left, above)
    return high if turn <= low else (low if high <= turn else corner)
