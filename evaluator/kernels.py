"""The loops over pixels, compiled by numba when this file is imported, or loaded from its cache.

numba checks no bounds: each kernel proves the lengths of what it is given before it touches a byte. Only
`evaluator.compiled` imports this file: it knows whether the machine can run it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import boolean, int64, njit, types, uint8

Kernel = TypeVar("Kernel", bound=Callable[..., Any])
Bytes = npt.NDArray[np.uint8]

Words = npt.NDArray[np.uint64]
Counters = npt.NDArray[np.uint32]
Table = npt.NDArray[np.int64]

int32 = np.int32
uint32 = np.uint32
LOWEST, ONES = np.uint64(0xFF), np.uint64(0x0101010101010101)  # the first byte of a word; a one in each
ONE, EIGHT, BYTE, HALF = np.uint64(1), np.uint64(8), np.uint64(8), np.uint64(32)
BYTES = types.Array(uint8, 1, "C", readonly=True)  # takes writable ones as well
PICTURE = types.Array(uint8, 2, "C")
TABLE = types.Array(int64, 2, "C")


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


@part
def count_pixel(label: int, truth: int, valid: Counters, both: Words, guesses: Counters) -> None:
    """Count a pixel; `both` holds the pixels of each true label, and in its upper half those that agree."""
    both[truth] += ONE + (np.uint64(label == truth) << HALF)
    guesses[label] += valid[truth]


@part
def add_labels(both: Words, guesses: Counters, valid: Counters, counts: Table) -> None:
    """Add the four tables up."""
    for label in range(256):
        pair = (both[0, label] + both[1, label] + both[2, label] + both[3, label]) * np.uint64(valid[label])
        counts[0, label], counts[1, label] = pair >> HALF, pair & np.uint64(2**32 - 1)
        counts[2, label] = int64(guesses[0, label]) + guesses[1, label] + guesses[2, label] + guesses[3, label]


@kernel(boolean(BYTES, BYTES, int64, TABLE))
def count_labels(predicted: Bytes, true: Bytes, ignored: int, counts: Table) -> bool:
    """Write the pixels that agree, are true and are predicted of each label, where the truth is not `ignored`.

    counts is [3, 256]; ignored is -1 for none. False where the lengths do not fit. Eight pixels of one label in
    both maps are counted at once. The others take turns with four tables: to add to a number that was just
    written is slow, and the time would tell what the map holds.
    """
    if predicted.size != true.size or predicted.size >= 2**32 or counts.shape != (3, 256):
        return False
    both, guesses, valid = np.zeros((4, 256), np.uint64), np.zeros((4, 256), np.uint32), np.ones(256, np.uint32)
    if 0 <= ignored < 256:
        valid[ignored] = 0
    whole = predicted.size // 8 * 8
    predicted_words, true_words = predicted[:whole].view(np.uint64), true[:whole].view(np.uint64)
    for at in range(predicted_words.size):
        word, true_word = predicted_words[at], true_words[at]
        label, truth = word & LOWEST, true_word & LOWEST
        if ((word ^ (label * ONES)) | (true_word ^ (truth * ONES))) == 0:
            both[at & 3, truth] += EIGHT + (EIGHT * np.uint64(label == truth) << HALF)
            guesses[at & 3, label] += valid[truth] * uint32(8)
            continue
        for turn in range(8):
            count_pixel(word & LOWEST, true_word & LOWEST, valid, both[turn & 3], guesses[turn & 3])
            word, true_word = word >> BYTE, true_word >> BYTE
    for at in range(whole, predicted.size):
        count_pixel(predicted[at], true[at], valid, both[0], guesses[0])
    add_labels(both, guesses, valid, counts)
    return True


@part
def is_plain(words: Words) -> bool:
    """Tell whether four words are one value all through."""
    plain = (words[0] & LOWEST) * ONES
    return bool(((words[0] ^ plain) | (words[1] ^ plain) | (words[2] ^ plain) | (words[3] ^ plain)) == 0)


@part
def places_of(kinds: Bytes) -> Words:
    """Return where in a table of 4 × 256 the levels of each kind begin."""
    places = np.empty(256, np.uint64)
    for value in range(256):
        places[value] = np.uint64(kinds[value] & 3) << BYTE
    return places


@part
def add_levels(tables: Counters, counts: Table) -> None:
    """Add the four tables up."""
    for kind in range(2):
        for level in range(256):
            place = kind * 256 + level
            counts[kind, level] = int64(tables[0, place]) + tables[1, place] + tables[2, place] + tables[3, place]


@kernel(boolean(BYTES, BYTES, BYTES, TABLE))
def count_levels(levels: Bytes, truth: Bytes, kinds: Bytes, counts: Table) -> bool:
    """Write the pixels of each level where kinds[truth] is 0, and where it is 1; kinds 2 and 3 count nowhere.

    counts is [2, 256]. False where the lengths do not fit. 32 pixels of one level and truth are counted at
    once; the others take turns with four tables, as in count_labels.
    """
    if levels.size != truth.size or levels.size >= 2**32 or kinds.size != 256 or counts.shape != (2, 256):
        return False
    tables, starts = np.zeros((4, 1024), np.uint32), places_of(kinds)
    whole = levels.size // 32 * 32
    level_words, truth_words = levels[:whole].view(np.uint64), truth[:whole].view(np.uint64)
    for at in range(0, level_words.size, 4):
        words, true_words = level_words[at : at + 4], truth_words[at : at + 4]
        start, one_kind = starts[true_words[0] & LOWEST], is_plain(true_words)
        if one_kind and is_plain(words):
            tables[0, start | (words[0] & LOWEST)] += uint32(32)
            continue
        for place in range(4):
            word, true = words[place], true_words[place]
            for turn in range(8):
                if not one_kind:
                    start = starts[true & LOWEST]
                tables[turn & 3, start | (word & LOWEST)] += uint32(1)
                word, true = word >> BYTE, true >> BYTE
    for at in range(whole, levels.size):
        tables[0, starts[truth[at]] | np.uint64(levels[at])] += uint32(1)
    add_levels(tables, counts)
    return True
