"""Counts the pixels of a map along the runs of its run-length encoded target; the cost hardly depends on the map.

Consecutive pixels go to four tables in turn, which are added up at the end: incrementing a number that was just
written is slow. Equal labels are counted by words of eight and more.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from evaluator.kernels.words import EIGHT, FOUR, LOWEST, ONE, ONES, THREE, TWO, ZERO, Bytes, part, uint64, word_at

uint32 = np.uint32
int64 = np.int64
WORD, BYTE = uint64(64), uint64(8)  # bits
VALUES = uint64(256)
KINDS = uint64(3)
Tables = npt.NDArray[np.uint32]
Counts = npt.NDArray[np.int64]


@part
def count_word(word: uint64, tables: Tables, base: uint64) -> None:
    """Count the eight pixels of a word; `base` is the index of value 0 in each table."""
    size = uint64(tables.size) // FOUR
    for turn in range(EIGHT):
        tables[(turn & THREE) * size + base + (word & LOWEST)] += uint32(1)
        word >>= BYTE


@part
def count_bytes(pixels: Bytes, at: uint64, end: uint64, tables: Tables, base: uint64) -> None:
    """Count pixels one by one."""
    size = uint64(tables.size) // FOUR
    for x in range(at, end):
        tables[(x & THREE) * size + base + uint64(pixels[x])] += uint32(1)


@part
def count_stretch(pixels: Bytes, at: uint64, end: uint64, tables: Tables) -> None:
    """Count the labels of a stretch, equal ones at once."""
    while at + EIGHT <= end:
        word = word_at(pixels, at)
        label = word & LOWEST
        if word == label * ONES:
            begin = at
            at += EIGHT
            while at + EIGHT <= end and word_at(pixels, at) == word:
                at += EIGHT
            tables[label] += uint32(at - begin)
        else:
            count_word(word, tables, ZERO)
            at += EIGHT
    if at < end:
        count_end(pixels, at, end, tables)


@part
def count_end(pixels: Bytes, at: uint64, end: uint64, tables: Tables) -> None:
    """Count the last labels of a stretch, fewer than eight; the pixels after them are read but not counted."""
    if at + EIGHT <= uint64(pixels.size):
        word = word_at(pixels, at)
        label = word & LOWEST
        if (word ^ (label * ONES)) << (WORD - (end - at) * BYTE) == ZERO:
            tables[uint64(tables.size) // FOUR + label] += uint32(end - at)
            return
    count_bytes(pixels, at, end, tables, ZERO)


@part
def length_of(target: Bytes, run: uint64) -> uint64:
    """Read the length of a run: see evaluator.rle."""
    return uint64(target[TWO * run]) | uint64(target[TWO * run + ONE]) << BYTE


@part
def seen(tables: Tables, index: uint64) -> int64:
    """Return the sum of the four tables at one index."""
    size = uint64(tables.size) // FOUR
    first = int64(tables[index]) + int64(tables[size + index])
    return first + int64(tables[TWO * size + index]) + int64(tables[THREE * size + index])


@part
def count_labels(pixels: Bytes, target: Bytes, ignored: uint64, tables: Tables, counts: Counts) -> bool:
    """Write true positives, target and prediction pixels of each label where the target is not `ignored`.

    counts is 3 × 256 and all 0, as are the tables. Returns False where the runs do not fill the pixels exactly.
    """
    at, runs = ZERO, uint64(target.size) // THREE
    for run in range(runs):
        label, end = uint64(target[TWO * runs + run]), at + length_of(target, uint64(run))
        if end > uint64(pixels.size):
            return False
        if label != ignored:
            before = seen(tables, label)
            count_stretch(pixels, at, end, tables)
            counts[label] += seen(tables, label) - before
            counts[VALUES + label] += int64(end - at)
        at = end
    for value in range(VALUES):
        counts[TWO * VALUES + value] = seen(tables, uint64(value))
    return bool(at == uint64(pixels.size))


@part
def count_levels(pixels: Bytes, target: Bytes, kinds: Bytes, tables: Tables, counts: Counts) -> bool:
    """Write the histograms of grey levels where kinds[target] is 0, and where it is 1; kinds 2 and 3 are ignored.

    counts is 2 × 256. The tables are all 0. Returns False where the runs do not fill the pixels exactly.
    """
    at, runs = ZERO, uint64(target.size) // THREE
    for run in range(runs):
        end = at + length_of(target, uint64(run))
        if end > uint64(pixels.size):
            return False
        base = (uint64(kinds[target[TWO * runs + run]]) & KINDS) * VALUES
        while at + EIGHT <= end:
            count_word(word_at(pixels, at), tables, base)
            at += EIGHT
        count_bytes(pixels, at, end, tables, base)
        at = end
    for value in range(TWO * VALUES):
        counts[value] = seen(tables, uint64(value))
    return bool(at == uint64(pixels.size))
