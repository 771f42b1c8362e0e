"""Opens untrusted zips and reads their members one by one into memory; nothing is ever extracted to disk.

Before a byte is inflated, `directory` reads the central directory and `layout` verifies it against the file.
"""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import IO, NamedTuple

from evaluator.inflate import crc32, inflate_all
from evaluator.problem_texts import rejected_for
from evaluator.zip.directory import Entry, read_directory
from evaluator.zip.layout import STORED, find_contents

DESCRIPTORS = Path("/dev/fd")
START_READ = 4096  # packed bytes, enough for a PNG's header
SMALL_TOTAL = 64 * 2**20  # bytes unpacked that are always allowed
MAX_RATIO = 50  # unpacked to packed, of an archive that unpacks to more than its images may have


class NotAFile(Exception):
    """A pipe, device or folder where a file must be."""


class Limits(NamedTuple):
    """Limits of one archive: number of entries, and bytes unpacked where the compression ratio is suspicious."""

    entries: int
    unpacked: int


ANY_SPLIT = Limits(250_000, 2**40)


class Member(NamedTuple):
    """One file or folder of a zip; its contents are not verified until they are read."""

    name: str
    offset: int  # of its packed bytes
    packed_size: int
    size: int
    checksum: int
    method: int
    parts: tuple[str, ...]  # folders and base name, "" for a folder; some programs separate them by backslashes


class Archive:
    """An open zip. It reads with pread, so forked processes may share it."""

    def __init__(self, stream: IO[bytes], limits: Limits) -> None:
        self._descriptor = stream.fileno()
        directory = read_directory(self._descriptor, limits.entries)
        _check_total(sum(entry.size for entry in directory.entries), os.fstat(self._descriptor).st_size, limits)
        begins = find_contents(self._descriptor, directory)
        self.members = tuple(_member(entry, begin) for entry, begin in zip(directory.entries, begins))

    def start(self, member: Member, length: int) -> bytes:
        """Return the first `length` bytes of a member, fewer where it is shorter. Raises Rejected (bad_zip)."""
        start = os.pread(self._descriptor, min(member.packed_size, START_READ), member.offset)
        start = start[:length] if member.method == STORED else _inflated_start(start, length, member)
        if len(start) < min(length, member.size):
            raise rejected_for("data_cut_off", member.name)
        return start

    def read(self, member: Member) -> bytes:
        """Return the contents of a member after checking its size and checksum.

        Produces at most one byte more than the size that check_member_size has bounded. Raises Rejected (bad_zip).
        """
        contents = os.pread(self._descriptor, member.packed_size, member.offset)
        if member.method != STORED:
            contents = _inflated(contents, member)
        if len(contents) != member.size or crc32(contents) != member.checksum:
            raise rejected_for("other_contents", member.name)
        return contents


def _member(entry: Entry, begin: int) -> Member:
    parts = tuple(entry.name.replace("\\", "/").split("/"))
    return Member(entry.name, begin, entry.packed_size, entry.size, entry.checksum, entry.method, parts)


@contextmanager
def open_archive(path: Path, limits: Limits = ANY_SPLIT) -> Iterator[Archive]:
    """Open the zip at `path` and verify its structure.

    Raises OSError where the file cannot be read, and Rejected with all faulty members (bad_zip, too_large,
    encrypted, unsupported_compression, unsafe_path).
    """
    with open_file(path) as stream:
        yield Archive(stream, limits)


def open_file(path: Path) -> BufferedReader:
    """Open a file for reading; `/dev/fd/N` is the inherited descriptor N, whose file the sandbox may hide.

    Raises NotAFile for what has no size and no end, before it could wait for a pipe.
    """
    inherited = int(path.name) if path.parent == DESCRIPTORS and path.name.isdecimal() else None
    status = path.stat() if inherited is None else os.fstat(inherited)
    if not stat.S_ISREG(status.st_mode):
        if stat.S_ISDIR(status.st_mode):
            raise NotAFile(f"{path} is a folder, where a file is needed: zip it first, or name a file in it")
        raise NotAFile(f"{path} is a pipe or a device, where a file is needed: save it first, and name that file")
    return path.open("rb") if inherited is None else os.fdopen(os.dup(inherited), "rb")


def check_member_size(member: Member, largest: int) -> None:
    """Raises Rejected (too_large) for a member of more than `largest` bytes, packed or unpacked."""
    size = max(member.size, member.packed_size)
    if size > largest:
        raise rejected_for("member_too_large", member.name, size=size, most=largest)


def _check_total(unpacked: int, packed: int, limits: Limits) -> None:
    """Refuse a zip bomb. Maps of one value compress 1000 to 1, so the images' own size is allowed at any ratio."""
    limit = max(limits.unpacked, MAX_RATIO * packed, SMALL_TOTAL)
    if unpacked > limit:
        raise rejected_for("unpacks_too_large", size=unpacked, most=limit)


def _inflated_start(packed: bytes, limit: int, member: Member) -> bytes:
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, limit)
    except zlib.error as error:
        raise rejected_for("data_broken", member.name) from error


def _inflated(packed: bytes, member: Member) -> bytes:
    try:
        return inflate_all(packed, member.size)
    except zlib.error as error:
        raise rejected_for("other_length", member.name) from error
