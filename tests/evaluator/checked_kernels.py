"""The kernels under numba's bounds checks: what would read or write outside an array raises IndexError instead.

NUMBA_BOUNDSCHECK has to be 1 before numba is first imported. All that lies around the arrays is the same.
"""

import os

import numpy as np

from evaluator.kernels.compiled import NO_LABEL
from evaluator.kernels.scratch import LANES, MASKS, bytes_of_scratch

CHECKS = os.environ.get("NUMBA_BOUNDSCHECK") == "1"


class CheckedKernels:
    """evaluator.kernels.compiled.Kernels, by the same loops."""

    def __init__(self):
        from evaluator.kernels import counting, filters  # noqa: PLC0415 (with the checks that were asked for)

        assert CHECKS, "NUMBA_BOUNDSCHECK=1 is missing"
        self._loops = filters.unfilter, counting.count_labels, counting.count_levels

    def unfilter(self, raw, height, width):
        rows, pixels = np.frombuffer(raw, np.uint8), np.empty(height * width, np.uint8)
        assert rows.size == height * (width + 1)
        rooms = width, MASKS * LANES, bytes_of_scratch(width) - width - MASKS * LANES
        zeros, *rest = (np.full(size, 0 if at == 0 else 7, np.uint8) for at, size in enumerate(rooms))
        if not self._loops[0](rows, pixels, zeros, *rest):
            raise ValueError("no such filter")
        return pixels.reshape(height, width)

    def count_labels(self, prediction, truth, ignored):
        label = np.uint64(NO_LABEL if ignored is None else ignored)
        return self._counted(1, prediction, truth, label, 3, 256)

    def count_levels(self, levels, truth, kinds):
        return self._counted(2, levels, truth, kinds, 2, 1024)

    def _counted(self, loop, pixels, truth, option, rows, size):
        counts, tables = np.zeros(rows * 256, np.int64), np.zeros(4 * size, np.uint32)
        runs = np.frombuffer(truth.packed, np.uint8)
        if not self._loops[loop](pixels.reshape(-1), runs, option, tables, counts):
            raise ValueError("a map of another size than its truth")
        return counts.reshape(rows, 256)
