"""Undoes the filters of a whole PNG: band by band where that is faster, else row by row."""

from __future__ import annotations

from evaluator.kernels.rows import undo_rows
from evaluator.kernels.wavefront import LANES, LEAST_WIDTH, MOST_WIDTH, undo_band
from evaluator.kernels.words import EIGHT, ONE, ZERO, Bytes, part, uint64

# Measured cost of a row of each filter alone and in a band, in hundredths of a nanosecond per pixel (None as Up).
# A Paeth row alone takes 200, and two of them side by side 125 each.
SUB, UP, AVERAGE, PAETH, IN_BAND = (uint64(cost) for cost in (31, 7, 112, 170, 53))


@part
def unfilter(raw: Bytes, pixels: Bytes, zeros: Bytes, masks: Bytes, board: Bytes) -> bool:
    """Fill `pixels`, whose rows are as long as `zeros`, one row of zeros; `raw` has a filter byte before each row.

    Returns False where a filter byte is unknown.
    """
    width = uint64(zeros.size)
    step, rows, done, above = width + ONE, uint64(pixels.size) // width, ZERO, zeros
    for y in range(rows):
        if raw[y * step] > 4:
            return False
    while done < rows:
        rest = raw[done * step :]
        count = min(LANES, rows - done - ONE) // EIGHT * EIGHT  # never the last row: see undo_band
        if count and LEAST_WIDTH <= width <= MOST_WIDTH and is_worth_a_band(rest, count, width):
            undo_band(rest, above, pixels[done * width : (done + count) * width], masks, board)
        else:
            count = min(LANES, rows - done)
            undo_rows(rest, above, pixels[done * width : (done + count) * width])
        done += count
        above = pixels[(done - ONE) * width : done * width]
    return True


@part
def is_worth_a_band(raw: Bytes, rows: uint64, width: uint64) -> bool:
    """Tell whether these rows would take longer one by one."""
    alone = ZERO
    for row in range(rows):
        kind = raw[row * (width + ONE)]
        if kind == 4:
            alone += PAETH
        elif kind == 3:
            alone += AVERAGE
        elif kind == 1:
            alone += SUB
        else:
            alone += UP
    return bool(alone > rows * IN_BAND)
