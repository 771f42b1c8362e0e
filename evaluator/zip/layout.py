"""Verifies, without inflating, that the entries of an untrusted zip lie back to back as its directory says."""

from __future__ import annotations

import os
import stat
import struct

from evaluator.contract import Rejected
from evaluator.contract.formats import SPLIT_MARKERS
from evaluator.problem_texts import phrase, rejected_for
from evaluator.zip.directory import (
    UNICODE_PATH,
    ZIP64,
    Directory,
    Entry,
    decoded,
    extra_fields,
    widened,
)

LOCAL = struct.Struct("<4s5H3LHH")
LIKELY_EXTRA = 64  # bytes read along with a local header: enough for the extra fields of nearly all programs
STORED, DEFLATED = 0, 8
METHODS = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "XZ", 98: "PPMd"}
ENCRYPTED = 1 << 0 | 1 << 6 | 1 << 13  # by password, strongly, or with the directory
STREAMED = 1 << 3  # a data descriptor follows
HINTS = 1 << 1 | 1 << 2  # level of compression: some programs write it in one of the two headers only
KNOWN_FLAGS = HINTS | STREAMED | 1 << 11 | ENCRYPTED
NEWEST = 63  # version 6.3 of the format
EMPTY_DEFLATED = 2  # bytes of an empty deflate stream


def find_contents(descriptor: int, directory: Directory) -> list[int]:
    """Return the offset of each entry's packed bytes.

    Raises Rejected with every faulty entry (bad_zip, encrypted, unsupported_compression, unsafe_path).
    """
    in_order = sorted(range(len(directory.entries)), key=lambda index: directory.entries[index].offset)
    edges = [*(directory.entries[index].offset for index in in_order), directory.offset]
    if edges[0] != 0 and not (edges[0] == 4 and os.pread(descriptor, 4, 0) in SPLIT_MARKERS):
        raise rejected_for("in_front")
    begins, problems = [0] * len(in_order), {}
    for index, following in zip(in_order, edges[1:]):
        try:
            _check_kind(directory.entries[index])
            begins[index] = _begin(descriptor, directory.entries[index], following)
        except Rejected as rejection:
            problems[index] = rejection.problems
    if problems:
        raise Rejected([problem for index in sorted(problems) for problem in problems[index]])
    return begins


def _check_kind(entry: Entry) -> None:
    """Refuse an entry that by the directory alone is unreadable, or neither a plain file nor a folder."""
    if entry.flags & ENCRYPTED:
        raise rejected_for("encrypted", entry.name)
    if entry.method not in (STORED, DEFLATED):
        method = METHODS.get(entry.method) or phrase("other_method", method=entry.method)
        raise rejected_for("other_method", entry.name, method=method)
    if entry.needed > NEWEST or entry.flags & ~KNOWN_FLAGS:
        raise rejected_for("no_such_zip", entry.name)
    is_folder = entry.name.endswith(("/", "\\"))
    if stat.S_IFMT(entry.mode) not in ((0, stat.S_IFREG, stat.S_IFDIR) if is_folder else (0, stat.S_IFREG)):
        raise rejected_for("special_file", entry.name)
    if is_folder and (entry.size or entry.packed_size > EMPTY_DEFLATED):
        raise rejected_for("full_folder", entry.name)
    if entry.method == STORED and entry.size != entry.packed_size:
        raise rejected_for("two_sizes", entry.name)


def _begin(descriptor: int, entry: Entry, following: int) -> int:
    """Return the offset of the entry's packed bytes; `following` is the offset of what comes next in the zip."""
    room = following - entry.offset
    likely = min(room, LOCAL.size + len(entry.raw_name) + LIKELY_EXTRA)
    start = os.pread(descriptor, likely, entry.offset) if room >= LOCAL.size else b""
    if not start.startswith(b"PK\3\4"):
        raise rejected_for("not_there", entry.name)
    header: tuple[int, ...] = LOCAL.unpack_from(start)
    name_end = LOCAL.size + header[9]
    length = name_end + header[10]
    if length > room:
        raise rejected_for("overlaps", entry.name)
    if length > len(start):
        start = os.pread(descriptor, length, entry.offset)
    _check_header(entry, header, start[LOCAL.size : name_end], start[name_end:length])
    rest = room - length - entry.packed_size
    if rest < 0:
        raise rejected_for("overlaps", entry.name)
    begin = entry.offset + length
    if entry.flags & STREAMED:
        _check_descriptor(entry, os.pread(descriptor, min(rest, 25), begin + entry.packed_size))
    elif rest:
        raise rejected_for("stray_bytes", entry.name, rest=rest)
    return begin


def _check_header(entry: Entry, header: tuple[int, ...], raw_name: bytes, extra: bytes) -> None:
    """Refuse a local header that differs from the directory; sizes may be 0 where a data descriptor follows."""
    _, needed, flags, method, _, _, checksum, packed_size, size, _, _ = header
    if raw_name != entry.raw_name:
        raise rejected_for("own_name", entry.name)
    if method != entry.method or (flags ^ entry.flags) & ~HINTS or needed & 0xFF > NEWEST:
        raise rejected_for("own_flags", entry.name)
    if extra:
        fields = extra_fields(extra, entry.name)
        if UNICODE_PATH in fields and decoded(raw_name, flags, fields) != entry.name:
            raise rejected_for("own_name", entry.name)
        if ZIP64 in fields:
            size, packed_size = widened((size, packed_size), fields[ZIP64], entry.name)
    for own, said in ((checksum, entry.checksum), (packed_size, entry.packed_size), (size, entry.size)):
        if own != said and (own or not entry.flags & STREAMED):
            raise rejected_for("own_sizes", entry.name)


def _check_descriptor(entry: Entry, descriptor: bytes) -> None:
    """Refuse a data descriptor that differs from the directory; its sizes may have 32 or 64 bits."""
    said = entry.checksum, entry.packed_size, entry.size
    plain = descriptor[4:] if len(descriptor) in (16, 24) and descriptor.startswith(b"PK\7\x08") else descriptor
    packing = {12: "<LLL", 20: "<LQQ"}.get(len(plain))
    if packing is None or struct.unpack(packing, plain) != said:
        raise rejected_for("descriptor", entry.name)
