"""The kernels as C functions, with the names and arguments that `compiled` calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import boolean, carray, cfunc, int64, types, uint8, uint32, uint64  # type: ignore[attr-defined]

from evaluator.kernels import counting, filters
from evaluator.kernels.scratch import LANES, MASKS

# ruff: noqa: PLR0917 (C knows pointers and lengths, where Python has arrays)

BYTES, TABLES, COUNTS = (types.CPointer(kind) for kind in (uint8, uint32, int64))  # type: ignore[no-untyped-call]


def entry(*arguments: object) -> Callable[[Callable[..., bool]], Any]:
    """Make a C function of these arguments that returns a boolean."""
    made: Callable[[Callable[..., bool]], Any] = cfunc(boolean(*arguments), error_model="numpy")
    return made


@entry(BYTES, uint64, uint64, BYTES, uint64, BYTES)
def unfilter(raw: Any, height: int, width: int, scratch: Any, size: int, pixels: Any) -> bool:
    room = carray(scratch, (size,))
    zeros, masks, board = room[:width], room[width : width + MASKS * LANES], room[width + MASKS * LANES :]
    for x in range(width):
        zeros[x] = 0
    rows, picture = carray(raw, (height * (width + 1),)), carray(pixels, (height * width,))
    return filters.unfilter(rows, picture, zeros, masks, board)


@entry(BYTES, uint64, BYTES, uint64, uint64, TABLES, COUNTS)
def count_labels(pixels: Any, size: int, target: Any, length: int, ignored: Any, tables: Any, counts: Any) -> bool:
    picture, packed = carray(pixels, (size,)), carray(target, (length,))
    return counting.count_labels(picture, packed, ignored, carray(tables, (4 * 256,)), carray(counts, (3 * 256,)))


@entry(BYTES, uint64, BYTES, uint64, BYTES, TABLES, COUNTS)
def count_levels(pixels: Any, size: int, target: Any, length: int, kinds: Any, tables: Any, counts: Any) -> bool:
    picture, packed, table = carray(pixels, (size,)), carray(target, (length,)), carray(kinds, (256,))
    return counting.count_levels(picture, packed, table, carray(tables, (4 * 1024,)), carray(counts, (2 * 256,)))
