"""Loads the compiled kernels and calls them on arrays; without them the results are the same, but slower."""

from __future__ import annotations

import ctypes
import functools
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from evaluator.kernels.scratch import bytes_of_scratch
from evaluator.rle import Pixels, Rle

if TYPE_CHECKING:
    import llvmlite.binding as llvm

WORTH_LOADING = 10_000_000  # pixels, on which the kernels save about the time that loading them takes
WORTH_COMPILING = 1_000_000_000  # the same for compiling them, where `warm-up` has not done so before
NO_LABEL = 256

Counts = npt.NDArray[np.int64]

kernels: Kernels | None = None  # set by start()


class Kernels:
    """The kernels as functions on arrays. All lengths are checked here, since the kernels check none."""

    def __init__(self, engine: llvm.ExecutionEngine) -> None:
        self._engine = engine  # keeps the machine code alive
        number, pointer = ctypes.c_uint64, ctypes.c_void_p
        picture, rle = (pointer, number), (ctypes.c_char_p, number)
        unfilter = ctypes.CFUNCTYPE(ctypes.c_bool, pointer, number, number, pointer, number, pointer)
        count_labels = ctypes.CFUNCTYPE(ctypes.c_bool, *picture, *rle, number, pointer, pointer)
        count_levels = ctypes.CFUNCTYPE(ctypes.c_bool, *picture, *rle, pointer, pointer, pointer)
        self._unfilter = unfilter(engine.get_function_address("unfilter"))
        self._count_labels = count_labels(engine.get_function_address("count_labels"))
        self._count_levels = count_levels(engine.get_function_address("count_levels"))

    def unfilter(self, raw: bytearray, height: int, width: int) -> Pixels:
        """Undo PNG's filters: `raw` is a filter byte and `width` bytes for each row.

        Returns uint8 [height, width]. Raises ValueError where the length does not fit or a filter is unknown.
        """
        if not (height and width) or len(raw) != height * (width + 1):
            raise ValueError("not as many bytes as the rows have")
        pixels = np.empty((height, width), np.uint8)
        scratch = np.empty(bytes_of_scratch(width), np.uint8)
        room = _address(scratch), scratch.size
        if not self._unfilter(_address(raw), height, width, *room, _address(pixels)):
            raise ValueError("no such filter")
        return pixels

    def count_labels(self, prediction: Pixels, target: Rle, ignored: int | None) -> Counts:
        """Count true positives, target and prediction pixels of each label where the target is not `ignored`.

        Returns int64 [3, 256]. Raises ValueError where prediction and target differ in size.
        """
        counts, tables = np.zeros((3, 256), np.int64), np.zeros((4, 256), np.uint32)
        label = NO_LABEL if ignored is None else ignored
        self._count(self._count_labels, prediction, target, label, _address(tables), _address(counts))
        return counts

    def count_levels(self, levels: Pixels, target: Rle, kinds: Pixels) -> Counts:
        """Histogram the grey levels where kinds[target] is 0, and where it is 1; other pixels are ignored.

        Returns int64 [2, 256]. Raises ValueError where levels and target differ in size.
        """
        if kinds.shape != (256,):
            raise ValueError("not one kind for each value of the target")
        kinds = np.ascontiguousarray(kinds, np.uint8)
        counts, tables = np.zeros((2, 256), np.int64), np.zeros((4, 4, 256), np.uint32)
        self._count(self._count_levels, levels, target, _address(kinds), _address(tables), _address(counts))
        return counts

    def _count(self, count: Callable[..., bool], pixels: Pixels, target: Rle, *rest: int) -> None:
        flat = np.ascontiguousarray(pixels)
        if flat.dtype != np.uint8 or not count(
            _address(flat), flat.size, target.packed, len(target.packed), *rest
        ):
            raise ValueError("a map of another size than its target, or not of bytes")


def _address(memory: bytearray | npt.NDArray[Any]) -> int:
    """Return the address of an array. ctypes takes a third of numpy's time, but only for writable memory."""
    if isinstance(memory, np.ndarray) and not memory.flags.writeable:
        return int(memory.ctypes.data)
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))  # type: ignore[arg-type]


def start(pixels: int = WORTH_COMPILING) -> bool:
    """Load the kernels if `pixels` are worth it; call this before a fork, so that the children have them too.

    Returns whether they are in use. Where the machine cannot run them, one line of stderr says why.
    """
    global kernels  # noqa: PLW0603 (decoding and counting read it)
    if kernels is None and pixels >= WORTH_LOADING:
        kernels = _kernels(pixels >= WORTH_COMPILING)
    return kernels is not None


@functools.cache
def _kernels(even_compile: bool) -> Kernels | None:
    try:
        from evaluator.kernels import machine_code  # noqa: PLC0415 (30 ms, and 45 MB)

        return Kernels(machine_code.load(even_compile=even_compile))
    except (ImportError, OSError, RuntimeError) as error:
        logging.getLogger(__name__).warning("Slower, with the same result: no compiled kernels. %s", error)
        return None
