"""Tells glibc's malloc to keep freed memory instead of returning it to the system."""

from __future__ import annotations

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
TRIM_THRESHOLD = 64 * 2**20  # bytes kept at the end of the heap
MMAP_THRESHOLD = 32 * 2**20  # bytes of one array that is kept; the highest value that glibc takes


def keep_freed_memory() -> None:
    """Reuse the arrays of one map for the next: returning and requesting them can cost half of the scoring time.

    Does nothing where the C library is not glibc.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if set_option:
        set_option(M_TRIM_THRESHOLD, TRIM_THRESHOLD)
        set_option(M_MMAP_THRESHOLD, MMAP_THRESHOLD)
