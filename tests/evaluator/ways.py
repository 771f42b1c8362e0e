"""The ways to decode that a machine may be left with; all must come to the same."""

import contextlib
from unittest import mock

from checked_kernels import CHECKS, CheckedKernels

from evaluator import compiled, inflate

WAYS = ["compiled", "Pillow", "Pillow and zlib"]
CHECKED = CheckedKernels() if CHECKS else None


@contextlib.contextmanager
def only(way):
    """Decode this way within the block."""
    assert CHECKED or compiled.start(), "the tests need numba"
    assert inflate.deflate, "the tests need libdeflate"
    with contextlib.ExitStack() as stack:
        if way != "compiled" or CHECKED:
            stack.enter_context(mock.patch.object(compiled, "kernels", CHECKED if way == "compiled" else None))
        if way == "Pillow and zlib":
            stack.enter_context(mock.patch.object(inflate, "deflate", None))
        yield
