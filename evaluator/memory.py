"""Keeps memory that was freed, where the C library lets itself be asked (glibc)."""

from __future__ import annotations

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT = 64 * 2**20  # bytes at the end of the heap
LARGEST = 32 * 2**20  # bytes of one array that is kept; glibc takes no more


def keep_freed_memory() -> None:
    """Leave the arrays of one map to the next: to give them back and ask anew can cost half of a score."""
    set_option = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if set_option:
        set_option(M_TRIM_THRESHOLD, KEPT)
        set_option(M_MMAP_THRESHOLD, LARGEST)
