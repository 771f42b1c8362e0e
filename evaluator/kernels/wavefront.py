"""Undoes PNG's filters in up to 64 rows at once, each a pixel behind the row above it (a wavefront).

Within a row each pixel depends on the one before it, so one row leaves most of a processor idle. A pixel also
depends on the row above, but only up to its own column: rows that start one step apart never wait. The board holds
such a band of rows, a line for each step and a lane for each row, so that all pixels of a step are adjacent.
"""

from __future__ import annotations

import numpy as np

from evaluator.kernels import scratch
from evaluator.kernels.words import (
    EIGHT,
    ONE,
    SEVEN,
    TWO,
    ZERO,
    Bytes,
    Words,
    part,
    put_word,
    put_words,
    turned,
    uint8,
    uint64,
    words_at,
)

int16 = np.int16
LANES, FRONT, LINE = uint64(scratch.LANES), uint64(scratch.FRONT), uint64(scratch.LINE)
START = TWO * LINE + FRONT  # of the lanes in step 0: all that is before it is 0, or lies above the first lane
LEAST_WIDTH = uint64(16)  # two words: see take_up
MOST_WIDTH = uint64(scratch.MOST_WIDTH)
CORNER, AVERAGE = TWO * LANES, uint64(3) * LANES  # where these masks begin; those of left and above lie before
EVERY_BIT = uint64(2**64 - 1)


@part
def undo_band(raw: Bytes, above: Bytes, pixels: Bytes, masks: Bytes, board: Bytes) -> None:
    """Do what undo_rows does, for a multiple of 8 rows up to LANES; `raw` must hold at least one row more."""
    width = uint64(above.size)
    rows = uint64(pixels.size) // width
    choose(raw, rows, width, masks)
    lay_out(raw, rows, width, board)
    lay_above(above, board)
    for step in range(width + rows - ONE):
        take_step(START + step * LINE, masks, board)
    take_up(board, rows, width, pixels)


@part
def choose(raw: Bytes, rows: uint64, width: uint64, masks: Bytes) -> None:
    """Set the masks of each lane: Sub is Paeth's predictor of the left pixel alone, Up that of the one above."""
    for lane in range(rows):
        kind = raw[lane * (width + ONE)]
        masks[lane] = uint8(255) if kind in (1, 4) else uint8(0)
        masks[LANES + lane] = uint8(255) if kind in (2, 4) else uint8(0)
        masks[CORNER + lane] = uint8(255) if kind == 4 else uint8(0)
        masks[AVERAGE + lane] = uint8(255) if kind == 3 else uint8(0)


@part
def lay_out(raw: Bytes, rows: uint64, width: uint64, board: Bytes) -> None:
    """Copy the bytes of the rows into their lanes: 0 before a row's first byte, anything after its last one.

    In `raw` the rows are width + 1 bytes apart, and the bytes of one step `width`.
    """
    for lane in range(ZERO, rows, EIGHT):
        for step in range(lane):
            put_word(board, START + step * LINE + lane, ZERO)
        at, to = ONE + lane * width + lane, START + lane * LINE + lane
        put_words(board, to, LINE, turned(without_what_comes_before(words_at(raw, at, width))))
        for _ in range(EIGHT, width + SEVEN, EIGHT):
            at, to = at + EIGHT, to + EIGHT * LINE
            put_words(board, to, LINE, turned(words_at(raw, at, width)))


@part
def without_what_comes_before(words: Words) -> Words:
    """Clear what comes before the first byte of a row: one byte more in each word, none in the first."""
    return (
        words[0],
        words[1] & (EVERY_BIT << uint64(8)),
        words[2] & (EVERY_BIT << uint64(16)),
        words[3] & (EVERY_BIT << uint64(24)),
        words[4] & (EVERY_BIT << uint64(32)),
        words[5] & (EVERY_BIT << uint64(40)),
        words[6] & (EVERY_BIT << uint64(48)),
        words[7] & (EVERY_BIT << uint64(56)),
    )


@part
def lay_above(above: Bytes, board: Bytes) -> None:
    """Copy the row above the band before the lanes, each pixel one line ahead of the pixel below it."""
    for index in range(TWO * LINE):
        board[index] = 0
    for x in range(uint64(above.size)):
        board[LINE + x * LINE + FRONT - ONE] = above[x]


@part
def take_step(at: uint64, masks: Bytes, board: Bytes) -> None:
    """Undo one pixel of every lane; their bytes begin at board[at]."""
    for lane in range(LANES):
        left, above = board[at - LINE + lane], board[at - LINE - ONE + lane]
        corner = board[at - LINE - LINE - ONE + lane]
        seen = int16(left & masks[lane]), int16(above & masks[LANES + lane]), int16(corner & masks[CORNER + lane])
        low, high = min(seen[0], seen[1]), max(seen[0], seen[1])
        turn = int16(int16(3) * seen[2] - int16(seen[0] + seen[1]))  # see rows.predict
        paeth = high if turn <= low else (low if high <= turn else seen[2])
        average = uint8((int16(left) + int16(above)) >> int16(1)) & masks[AVERAGE + lane]
        board[at + lane] = board[at + lane] + uint8(paeth) + average


@part
def take_up(board: Bytes, rows: uint64, width: uint64, pixels: Bytes) -> None:
    """Copy the pixels from their lanes into their rows.

    The first word of a row begins up to 7 pixels before it; the last word of the row above overwrites these later.
    The pixels after a row's last whole word are copied one by one.
    """
    whole = width // EIGHT * EIGHT
    for lane in range(ZERO, rows, EIGHT):
        source, to = START + lane * LINE + lane, lane * width
        for x in range(ZERO, whole, EIGHT):
            put_words(pixels, to + x, width - ONE, turned(words_at(board, source + x * LINE, LINE)))
        for row in range(EIGHT):
            for x in range(whole - row, width):
                pixels[to + row * width + x] = board[source + (x + row) * LINE + row]
