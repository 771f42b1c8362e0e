"""Words of eight bytes: read and written at any offset of an array, and transposed eight at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

Kernel = TypeVar("Kernel", bound=Callable[..., Any])
Bytes = npt.NDArray[np.uint8]
uint8 = np.uint8
uint64 = np.uint64
Words = tuple[uint64, uint64, uint64, uint64, uint64, uint64, uint64, uint64]

# An index of this type is never negative: the compiler need not check it, and can use vector instructions.
ZERO, ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT = (uint64(number) for number in range(9))
LOWEST, ONES = uint64(0xFF), uint64(0x0101010101010101)  # the first byte of a word; a one in each
HALVES, PAIRS, SINGLES = uint64(0x00000000FFFFFFFF), uint64(0x0000FFFF0000FFFF), uint64(0x00FF00FF00FF00FF)


def part(function: Kernel) -> Kernel:
    """Compile a part of kernels into each kernel that calls it."""
    return cast(Kernel, njit(function, forceinline=True))


@part
def word_at(array: Bytes, at: uint64) -> uint64:
    """Read eight bytes, the first one lowest; it compiles to one instruction."""
    low = (
        uint64(array[at])
        | uint64(array[at + ONE]) << uint64(8)
        | uint64(array[at + TWO]) << uint64(16)
        | uint64(array[at + THREE]) << uint64(24)
    )
    return (
        low
        | uint64(array[at + FOUR]) << uint64(32)
        | uint64(array[at + FIVE]) << uint64(40)
        | uint64(array[at + SIX]) << uint64(48)
        | uint64(array[at + SEVEN]) << uint64(56)
    )


@part
def put_word(array: Bytes, at: uint64, word: uint64) -> None:
    """Write eight bytes, as word_at reads them."""
    array[at] = uint8(word)
    array[at + ONE] = uint8(word >> uint64(8))
    array[at + TWO] = uint8(word >> uint64(16))
    array[at + THREE] = uint8(word >> uint64(24))
    array[at + FOUR] = uint8(word >> uint64(32))
    array[at + FIVE] = uint8(word >> uint64(40))
    array[at + SIX] = uint8(word >> uint64(48))
    array[at + SEVEN] = uint8(word >> uint64(56))


@part
def words_at(array: Bytes, at: uint64, stride: uint64) -> Words:
    """Read eight words, `stride` bytes apart."""
    return (
        word_at(array, at),
        word_at(array, at + stride),
        word_at(array, at + TWO * stride),
        word_at(array, at + THREE * stride),
        word_at(array, at + FOUR * stride),
        word_at(array, at + FIVE * stride),
        word_at(array, at + SIX * stride),
        word_at(array, at + SEVEN * stride),
    )


@part
def put_words(array: Bytes, at: uint64, stride: uint64, words: Words) -> None:
    """Write eight words, `stride` bytes apart."""
    put_word(array, at, words[0])
    put_word(array, at + stride, words[1])
    put_word(array, at + TWO * stride, words[2])
    put_word(array, at + THREE * stride, words[3])
    put_word(array, at + FOUR * stride, words[4])
    put_word(array, at + FIVE * stride, words[5])
    put_word(array, at + SIX * stride, words[6])
    put_word(array, at + SEVEN * stride, words[7])


@part
def turned(words: Words) -> Words:
    """Transpose: the first word gets all first bytes, the second all second ones, and so on."""
    a, b, c, d, e, f, g, h = words
    (a, e), (b, f) = _swapped(a, e, HALVES, uint64(32)), _swapped(b, f, HALVES, uint64(32))
    (c, g), (d, h) = _swapped(c, g, HALVES, uint64(32)), _swapped(d, h, HALVES, uint64(32))
    (a, c), (b, d) = _swapped(a, c, PAIRS, uint64(16)), _swapped(b, d, PAIRS, uint64(16))
    (e, g), (f, h) = _swapped(e, g, PAIRS, uint64(16)), _swapped(f, h, PAIRS, uint64(16))
    (a, b), (c, d) = _swapped(a, b, SINGLES, uint64(8)), _swapped(c, d, SINGLES, uint64(8))
    (e, f), (g, h) = _swapped(e, f, SINGLES, uint64(8)), _swapped(g, h, SINGLES, uint64(8))
    return a, b, c, d, e, f, g, h


@part
def _swapped(one: uint64, other: uint64, mask: uint64, shift: uint64) -> tuple[uint64, uint64]:
    """Exchange the bits `mask` of `other` with those of `one` that are `shift` bits higher."""
    change = ((one >> shift) ^ other) & mask
    return one ^ (change << shift), other ^ change
