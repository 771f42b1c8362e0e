"""Opens untrusted zips; nothing else does. Members are read one by one into memory and never extracted.

Before a byte is inflated, zip_directory reads the directory and zip_layout proves that the files lie as it says.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from evaluator.contract import Problem, Rejected
from evaluator.inflate import crc32, inflate_all
from evaluator.zip_directory import Entry, damaged, read_directory
from evaluator.zip_layout import STORED, find_contents

HANDED = Path("/dev/fd")
START_READ = 4096  # packed bytes that surely hold a PNG's header
SMALL_TOTAL = 64 * 2**20  # bytes unpacked that are never too many
HIGHEST_RATIO = 50  # unpacked to packed, of an archive that is larger than its images may be


class Limits(NamedTuple):
    """How much one archive may hold: entries, and bytes unpacked if they are packed suspiciously well."""

    entries: int
    unpacked: int


ANY_SPLIT = Limits(250_000, 2**40)


class Member(NamedTuple):
    """One file or folder of a zip; its bytes are not proven until they were read."""

    name: str
    offset: int  # of its packed bytes
    packed_size: int
    size: int
    checksum: int
    method: int
    parts: tuple[str, ...]  # folders and base name, "" for a folder; some programs part them by backslashes


class Archive:
    """An open zip. Reads with pread, so forked processes may share it."""

    def __init__(self, stream: IO[bytes], limits: Limits) -> None:
        self._descriptor = stream.fileno()
        directory = read_directory(self._descriptor, limits.entries)
        _check_total(sum(entry.size for entry in directory.entries), os.fstat(self._descriptor).st_size, limits)
        begins = find_contents(self._descriptor, directory)
        self.members = tuple(_member(entry, begin) for entry, begin in zip(directory.entries, begins, strict=True))

    def start(self, member: Member, length: int) -> bytes:
        """Return the first `length` bytes of a member, fewer where it is shorter; Rejected: bad_zip."""
        start = os.pread(self._descriptor, min(member.packed_size, START_READ), member.offset)
        start = start[:length] if member.method == STORED else _inflated_start(start, length, member)
        if len(start) < min(length, member.size):
            raise damaged(member.name, "its compressed data is cut off")
        return start

    def read(self, member: Member) -> bytes:
        """Return a member whole, its size and checksum proven; Rejected: bad_zip.

        Produces at most one byte more than the size that check_readable has bounded.
        """
        contents = os.pread(self._descriptor, member.packed_size, member.offset)
        if member.method != STORED:
            contents = _inflated(contents, member)
        if len(contents) != member.size or crc32(contents) != member.checksum:
            raise damaged(member.name, "its contents differ from what the zip's directory says")
        return contents


def _member(entry: Entry, begin: int) -> Member:
    parts = tuple(entry.name.replace("\\", "/").split("/"))
    return Member(entry.name, begin, entry.packed_size, entry.size, entry.checksum, entry.method, parts)


@contextmanager
def open_archive(path: Path, limits: Limits = ANY_SPLIT) -> Iterator[Archive]:
    """Open the zip at `path`, whose structure is proven by then. OSError where the file itself cannot be read.

    Rejected with all members at fault: bad_zip, too_large, encrypted, unsupported_compression, unsafe_path.
    """
    with open_file(path) as stream:
        yield Archive(stream, limits)


def open_file(path: Path) -> IO[bytes]:
    """Open a file for reading; `/dev/fd/N` is descriptor N as it was handed to us, whose file we may not open."""
    if path.parent == HANDED:
        return os.fdopen(os.dup(int(path.name)), "rb")
    return path.open("rb")


def check_readable(member: Member, largest: int) -> None:
    """Refuse a member of more than `largest` bytes, packed or unpacked; Rejected: too_large."""
    size = max(member.size, member.packed_size)
    if size > largest:
        fix = "Save one plain 8-bit PNG per image, of the image's size."
        raise Rejected([Problem("too_large", member.name, f"{size:,} bytes", f"at most {largest:,} bytes", fix)])


def _check_total(unpacked: int, packed: int, limits: Limits) -> None:
    """Refuse a bomb. Maps of one value pack 1000 to 1, so the images' own size is allowed at any ratio."""
    most = max(limits.unpacked, HIGHEST_RATIO * packed, SMALL_TOTAL)
    if unpacked > most:
        fix = "Save one plain 8-bit PNG per image, and leave other files out."
        found, expected = f"{unpacked:,} bytes when unpacked", f"at most {most:,} bytes"
        raise Rejected([Problem("too_large", "", found, expected, fix)])


def _inflated_start(packed: bytes, most: int, member: Member) -> bytes:
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, most)
    except zlib.error as error:
        raise damaged(member.name, "its compressed data is broken") from error


def _inflated(packed: bytes, member: Member) -> bytes:
    try:
        return inflate_all(packed, member.size)
    except zlib.error as error:
        how = "its compressed data is broken, or of another length than the zip's directory says"
        raise damaged(member.name, how) from error
