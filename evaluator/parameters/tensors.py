"""Types of tensors with their bits, and numbers of elements that cannot overflow or take long to multiply."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from evaluator.parameters.refusals import Damaged

MOST_DIMENSIONS = 64
LARGEST = 2**63 - 1

BITS = re.compile(r"\d+")


def elements_of(shape: Sequence[object]) -> int:
    """Return the number of elements of a shape; 1 for a single number. Raises Damaged for what is no shape."""
    if len(shape) > MOST_DIMENSIONS:
        raise Damaged(f"it has {len(shape):,} dimensions")
    product = 1
    for size in shape:
        if type(size) is not int or not 0 <= size <= LARGEST:
            raise Damaged("its shape has a size that is negative, too large or no whole number")
        product *= size
    if product > LARGEST:
        raise Damaged("its shape has more elements than any file can hold")
    return product


def bits_of(dtype: str) -> int:
    """Return the bits of one element, which the name of its type tells: "float4_e2m1" has 4."""
    found = BITS.search(dtype)
    return int(found[0]) if found else 8


def bytes_of(elements: int, dtype: str) -> int:
    """Return how many bytes so many elements of a type take."""
    return -(-elements * bits_of(dtype) // 8)


@dataclass
class Tally:
    """What one file adds up to."""

    tensors: int = 0
    dtypes: Counter[str] = field(default_factory=Counter)
    constants: int = 0
    notes: list[str] = field(default_factory=list)

    def add(self, dtype: str, elements: int) -> None:
        """Count one tensor."""
        self.tensors += 1
        self.dtypes[dtype] += elements
