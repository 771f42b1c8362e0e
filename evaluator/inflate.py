"""Inflates deflate streams of known length and computes CRC-32: by libdeflate, or by zlib where it is missing."""

from __future__ import annotations

import ctypes
import zlib
from ctypes import POINTER, c_char_p, c_int, c_size_t, c_void_p

try:
    import deflate
    from deflate import _deflate as package
except ImportError:
    deflate = None  # type: ignore[assignment]


MAX_EXPANSION = 1032  # bytes that deflate can make of one


class Libdeflate:
    """The C library itself, for what its Python package leaves out: how many bytes of a stream were read."""

    def __init__(self, path: str) -> None:
        library = ctypes.CDLL(path)
        self._new, self._free = library.libdeflate_alloc_decompressor, library.libdeflate_free_decompressor
        self._inflate = library.libdeflate_deflate_decompress_ex
        self._new.argtypes, self._new.restype = (), c_void_p
        self._free.argtypes, self._free.restype = (c_void_p,), None
        sizes = POINTER(c_size_t), POINTER(c_size_t)
        self._inflate.argtypes = (c_void_p, c_char_p, c_size_t, c_void_p, c_size_t, *sizes)
        self._inflate.restype = c_int

    def inflate_all(self, packed: bytes, length: int) -> bytes:
        """See the module's function of this name."""
        if length > MAX_EXPANSION * len(packed):
            raise zlib.error("longer than deflate can expand it")
        contents, read, made = bytearray(length + 1), c_size_t(), c_size_t()
        inflater = self._new()
        if not inflater:
            raise MemoryError
        try:
            address = ctypes.addressof(ctypes.c_char.from_buffer(contents))
            sizes = ctypes.byref(read), ctypes.byref(made)
            fault = self._inflate(inflater, packed, len(packed), address, length, *sizes)
        finally:
            self._free(inflater)
        if fault or (read.value, made.value) != (len(packed), length):
            raise zlib.error("broken, or of another length than expected")
        return bytes(memoryview(contents)[:length])


def _libdeflate() -> Libdeflate | None:
    """Return the library; None where the package is missing or its library does not export what is needed."""
    try:
        return Libdeflate(package.__file__) if deflate else None
    except (AttributeError, OSError):
        return None


libdeflate = _libdeflate()


def crc32(contents: bytes | memoryview) -> int:
    """Return the CRC-32 of zips and PNGs."""
    return zlib.crc32(contents) if deflate is None else deflate.crc32(contents)


def inflate(packed: bytes, length: int) -> bytearray:
    """Return the `length` bytes of a zlib stream after checking its checksum; bytes after the stream are ignored.

    Produces at most one byte too many. Raises zlib.error where the stream is broken, longer or shorter.
    """
    contents = bytearray(_by_zlib(packed, length)) if deflate is None else _by_libdeflate(packed, length)
    if len(contents) != length:
        raise zlib.error("another length than expected")
    return contents


def inflate_all(packed: bytes, length: int) -> bytes:
    """Return the `length` bytes of a raw deflate stream that ends with the last byte of `packed`.

    Produces at most one byte too many. Raises zlib.error where it does not, or is broken, longer or shorter.
    """
    if deflate and libdeflate:
        return libdeflate.inflate_all(packed, length)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    contents = inflater.decompress(packed, length + 1)
    if not inflater.eof or inflater.unused_data or len(contents) != length:
        raise zlib.error("broken, or of another length than expected")
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
        raise zlib.error("the stream does not end here")
    return contents
