"""Inflates zlib streams of known length and sums bytes up: by libdeflate, or by zlib where that is missing."""

from __future__ import annotations

import zlib

try:
    import deflate
except ImportError:
    deflate = None  # type: ignore[assignment]


def crc32(contents: bytes) -> int:
    """Return the checksum that zips and PNGs carry."""
    return zlib.crc32(contents) if deflate is None else deflate.crc32(contents)


def inflate(packed: bytes, length: int) -> bytearray:
    """Return the `length` bytes of a zlib stream, its checksum proven; what follows the stream is left alone.

    zlib.error where the stream is broken, longer or shorter. At most one byte too many is ever made.
    """
    contents = bytearray(_by_zlib(packed, length)) if deflate is None else _by_libdeflate(packed, length)
    if len(contents) != length:
        raise zlib.error("another length than expected")
    return contents


def _by_libdeflate(packed: bytes, length: int) -> bytearray:
    try:
        return deflate.zlib_decompress(packed, length)
    except deflate.DeflateError as error:
        raise zlib.error(str(error)) from error


def _by_zlib(packed: bytes, length: int) -> bytes:
    inflater = zlib.decompressobj()
    contents = inflater.decompress(packed, length + 1)
    if not inflater.eof:
        raise zlib.error("the stream goes on")
    return contents
