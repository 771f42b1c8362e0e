"""The decoders that a machine may be left with; all must give the same pixels."""

import contextlib
from unittest import mock

from checked_kernels import CHECKS, CheckedKernels

from evaluator import inflate
from evaluator.kernels import compiled

DECODERS = ["compiled", "Pillow", "Pillow and zlib"]
CHECKED = CheckedKernels() if CHECKS else None


@contextlib.contextmanager
def only(decoder):
    """Use only this decoder within the block."""
    assert CHECKED or compiled.start(), "the tests need numba"
    assert inflate.deflate, "the tests need libdeflate"
    with contextlib.ExitStack() as stack:
        if decoder != "compiled" or CHECKED:
            stack.enter_context(mock.patch.object(compiled, "kernels", CHECKED if decoder == "compiled" else None))
        if decoder == "Pillow and zlib":
            stack.enter_context(mock.patch.object(inflate, "deflate", None))
        yield
