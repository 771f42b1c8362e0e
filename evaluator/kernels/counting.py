"""Counts the pixels of a map along the runs of its truth, at a cost that hardly depends on what the map holds.

Pixels go in turns to four tables that lie one behind the other, and are added up at the end: to add to a number
that was just written is slow. Equal labels are counted by words of eight and more.
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
def count_word(word: uint64, tables: Tables, place: uint64) -> None:
    """Count the eight pixels of a word; `place` is that of value 0 in each table."""
    size = uint64(tables.size) // FOUR
    for turn in range(EIGHT):
        tables[(turn & THREE) * size + place + (word & LOWEST)] += uint32(1)
        word >>= BYTE


@part
def count_bytes(pixels: Bytes, at: uint64, end: uint64, tables: Tables, place: uint64) -> None:
    """Count pixels one by one."""
    size = uint64(tables.size) // FOUR
    for x in range(at, end):
        tables[(x & THREE) * size + place + uint64(pixels[x])] += uint32(1)


@part
def count_stretch(pixels: Bytes, at: uint64, end: uint64, tables: Tables) -> None:
    """Count labels, equal ones at once."""
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
    """Count the last labels of a stretch, fewer than eight; what comes behind them is only looked at."""
    if at + EIGHT <= uint64(pixels.size):
        word = word_at(pixels, at)
        label = word & LOWEST
        if (word ^ (label * ONES)) << (WORD - (end - at) * BYTE) == ZERO:
            tables[uint64(tables.size) // FOUR + label] += uint32(end - at)
            return
    count_bytes(pixels, at, end, tables, ZERO)


@part
def length_of(truth: Bytes, run: uint64) -> uint64:
    """Read the length of a run: see evaluator.runs."""
    return uint64(truth[TWO * run]) | uint64(truth[TWO * run + ONE]) << BYTE


@part
def seen(tables: Tables, place: uint64) -> int64:
    """Add the four tables up at one place."""
    size = uint64(tables.size) // FOUR
    first = int64(tables[place]) + int64(tables[size + place])
    return first + int64(tables[TWO * size + place]) + int64(tables[THREE * size + place])


@part
def count_labels(pixels: Bytes, truth: Bytes, ignored: uint64, tables: Tables, counts: Counts) -> bool:
    """Write the pixels that agree, are true and are predicted of each label, where the truth is not `ignored`.

    counts is 3 × 256 and all 0, as are the tables. False where the runs do not fill the pixels exactly.
    """
    at, runs = ZERO, uint64(truth.size) // THREE
    for run in range(runs):
        label, end = uint64(truth[TWO * runs + run]), at + length_of(truth, uint64(run))
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
def count_levels(pixels: Bytes, truth: Bytes, kinds: Bytes, tables: Tables, counts: Counts) -> bool:
    """Write the pixels of each level where kinds[truth] is 0, and where it is 1; kinds 2 and 3 count nowhere.

    counts is 2 × 256. The tables are all 0. False where the runs do not fill the pixels exactly.
    """
    at, runs = ZERO, uint64(truth.size) // THREE
    for run in range(runs):
        end = at + length_of(truth, uint64(run))
        if end > uint64(pixels.size):
            return False
        place = (uint64(kinds[truth[TWO * runs + run]]) & KINDS) * VALUES
        while at + EIGHT <= end:
            count_word(word_at(pixels, at), tables, place)
            at += EIGHT
        count_bytes(pixels, at, end, tables, place)
        at = end
    for value in range(TWO * VALUES):
        counts[value] = seen(tables, uint64(value))
    return bool(at == uint64(pixels.size))
