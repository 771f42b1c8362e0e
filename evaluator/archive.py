"""Opens untrusted zips; nothing else does. Members are read one by one into memory and never extracted."""

from __future__ import annotations

import errno
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from evaluator.contract import Problem, Rejected

LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature, then the lengths of name and extra field
STORED, DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
METHODS = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "XZ", 98: "PPMd"}
HANDED = Path("/dev/fd")
START_READ = 4096  # packed bytes that surely hold a PNG's header
ZIP_AGAIN = "Make the zip again and test it with `unzip -t` before you send it."


class Member(NamedTuple):
    """One file as the zip's directory tells it: nothing here is proven until it was read."""

    name: str
    offset: int
    packed_size: int
    size: int
    checksum: int
    method: int
    encrypted: bool

    @property
    def parts(self) -> tuple[str, ...]:
        """Folders and base name; a backslash separates too, as some Windows programs write it."""
        return tuple(self.name.replace("\\", "/").split("/"))


class Archive:
    """An open zip. Reads with pread, so forked processes may share it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._descriptor = stream.fileno()
        self._length = os.fstat(self._descriptor).st_size
        self.members = _directory(stream)

    def start(self, member: Member, length: int) -> bytes:
        """Return the first `length` bytes of a member, fewer where it is shorter; Rejected: bad_zip."""
        packed = self._packed(member, min(member.packed_size, START_READ))
        if member.method == STORED:
            return packed[:length]
        return _inflate(packed, length, member)[0]

    def read(self, member: Member) -> bytes:
        """Return a member whole, its size and checksum proven; Rejected: bad_zip.

        Produces at most one byte more than the size that check_readable has bounded.
        """
        contents, ended = self._packed(member, member.packed_size), True
        if member.method == DEFLATED:
            contents, ended = _inflate(contents, member.size + 1, member)
        if not ended or len(contents) != member.size or zlib.crc32(contents) != member.checksum:
            raise _damaged(member, "its contents differ from what the zip's directory says")
        return contents

    def _packed(self, member: Member, length: int) -> bytes:
        """Return the first `length` packed bytes, found behind the local header."""
        begin = member.offset
        if not 0 <= begin <= self._length - LOCAL_HEADER.size:
            raise _damaged(member, "it lies outside the archive")
        signature, name, extra = LOCAL_HEADER.unpack(os.pread(self._descriptor, LOCAL_HEADER.size, begin))
        begin += LOCAL_HEADER.size + name + extra
        if signature != b"PK\3\4" or begin + length > self._length:
            raise _damaged(member, "it is cut off")
        return os.pread(self._descriptor, length, begin)


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open the zip at `path`; Rejected: bad_zip. OSError where the file itself cannot be read."""
    with open_file(path) as stream:
        yield Archive(stream)


def open_file(path: Path) -> IO[bytes]:
    """Open a file for reading; `/dev/fd/N` is descriptor N as it was handed to us, whose file we may not open."""
    if path.parent == HANDED:
        return os.fdopen(os.dup(int(path.name)), "rb")
    return path.open("rb")


def check_readable(member: Member, largest: int) -> None:
    """Refuse what must not be inflated; Rejected: encrypted, unsupported_compression, too_large.

    `largest` bounds the member in bytes, packed and unpacked.
    """
    if member.encrypted:
        fix = "Make the zip again without a password."
        raise _refused("encrypted", member, "protected by a password", "a file anyone can read", fix)
    if member.method not in (STORED, DEFLATED):
        method = METHODS.get(member.method, f"method {member.method}")
        fix = "Make the zip again with the method Deflate, the default of nearly every program."
        raise _refused("unsupported_compression", member, f"compressed by {method}", "deflate or stored", fix)
    size = max(member.size, member.packed_size)
    if size > largest:
        fix = "Save one plain 8-bit PNG per image, of the image's size."
        raise _refused("too_large", member, f"{size:,} bytes", f"at most {largest:,} bytes", fix)


def _directory(stream: IO[bytes]) -> tuple[Member, ...]:
    """Read the zip's directory; its folders are left out."""
    try:
        with zipfile.ZipFile(stream) as directory:
            entries = directory.infolist()
    except OSError as error:
        if error.errno != errno.EINVAL:  # EINVAL: a seek that the zip's own figures asked for
            raise
        raise _no_zip() from error
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error) as error:
        raise _no_zip() from error
    return tuple(_member(entry) for entry in entries if not entry.orig_filename.endswith(("/", "\\")))


def _member(entry: zipfile.ZipInfo) -> Member:
    sizes = entry.compress_size, entry.file_size
    kind = entry.compress_type, bool(entry.flag_bits & 0x1)
    return Member(entry.orig_filename, entry.header_offset, *sizes, entry.CRC, *kind)


def _inflate(packed: bytes, most: int, member: Member) -> tuple[bytes, bool]:
    """Return at most `most` bytes, and whether the stream came to its end."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        return inflater.decompress(packed, most), inflater.eof
    except zlib.error as error:
        raise _damaged(member, "its compressed data is broken") from error


def _refused(code: str, member: Member, found: str, expected: str, fix: str) -> Rejected:
    return Rejected([Problem(code, member.name, found, expected, fix)])


def _damaged(member: Member, how: str) -> Rejected:
    return _refused("bad_zip", member, f"a damaged file: {how}", "a whole file", ZIP_AGAIN)


def _no_zip() -> Rejected:
    found = "a file that cannot be read as a zip"
    return Rejected([Problem("bad_zip", "", found, "one zip of PNG files", ZIP_AGAIN)])
