"""Reads the central directory of an untrusted zip, completely or not at all; reads nothing of the entries."""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from evaluator.contract import Rejected, shown
from evaluator.contract.formats import (
    END_SIGNATURE,
    MAX_COMMENT,
    START_LENGTH,
    TAIL_LENGTH,
    archive_fix,
    archive_kind,
)
from evaluator.problem_texts import rejected_for

END = struct.Struct("<4s4HLLH")  # signature, disks and counts, size and offset of the directory, length of comment
LOCATOR = struct.Struct("<4sLQL")
END64 = struct.Struct("<4sQHHLL4Q")
ENTRY = struct.Struct("<4s6H3L5HLL")
ENTRY_BYTES = 512  # of the directory, per file that it may list: twice what any program writes
NOT_ASCII = re.compile(r"[^\x00-\x7f]")
ZIP64, UNICODE_PATH = 0x0001, 0x7075  # kinds of extra field
UTF8_NAME = 1 << 11  # flag
ONES = 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFF  # "see zip64" in a size, packed size, offset or disk
WIDTHS = 8, 8, 8, 4  # of the same in a zip64 field
WHOLE_FIELDS = {8: 1, 16: 2, 24: 3, 28: 4}  # numbers in a zip64 field of so many bytes


class Entry(NamedTuple):
    """One file or folder as the central directory lists it; nothing of it is verified yet."""

    name: str
    raw_name: bytes
    needed: int  # ten times the version of the format
    flags: int
    method: int
    checksum: int
    size: int
    packed_size: int
    offset: int  # of its local header
    mode: int  # of Unix, 0 where none is given


class Directory(NamedTuple):
    """A zip's entries, in the order of its central directory, and the offset of that directory."""

    entries: list[Entry]
    offset: int


class _End(NamedTuple):
    """The fields of an end record; any of them may be all ones, which stands for "see zip64"."""

    disks: tuple[int, int]
    counts: tuple[int, int]
    size: int
    offset: int


def read_directory(descriptor: int, max_entries: int) -> Directory:
    """Read the directory of an open zip. Raises Rejected (bad_zip, too_large)."""
    length = os.fstat(descriptor).st_size
    end, end_offset = _find_end(descriptor, length)
    end, end_offset = _see_zip64(descriptor, end, end_offset)
    if any(end.disks):
        raise rejected_for("split_zip")
    if end.offset + end.size != end_offset:
        surplus = end_offset - end.offset - end.size
        raise rejected_for("surplus" if surplus > 0 else "part_missing", surplus=surplus)
    if end.counts[1] > max_entries or end.size > max_entries * ENTRY_BYTES:
        found = {"count": end.counts[1], "size": end.size}
        raise rejected_for("too_many_files", **found, most=max_entries, most_bytes=max_entries * ENTRY_BYTES)
    entries = list(_entries(os.pread(descriptor, end.size, end.offset)))
    if end.counts != (len(entries), len(entries)):
        said = " or ".join(f"{count:,}" for count in sorted(set(end.counts)))
        raise rejected_for("other_count", said=said, count=len(entries))
    return Directory(entries, end.offset)


def extra_fields(extra: bytes, name: str) -> dict[int, bytes]:
    """Return the extra fields by kind; up to three bytes left over are padding.

    Raises Rejected (bad_zip).
    """
    fields: dict[int, bytes] = {}
    offset = 0
    while offset + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, offset)
        body = extra[offset + 4 : offset + 4 + length]
        offset += 4 + length
        if len(body) != length or (kind in (ZIP64, UNICODE_PATH) and kind in fields):
            raise rejected_for("extra_fields", name)
        fields[kind] = body
    return fields


def widened(values: Sequence[int], field: bytes, name: str) -> list[int]:
    """Replace the values that are all ones by those of the zip64 field.

    The field holds only these, or all from the first one on; then the others must match.
    Raises Rejected (bad_zip).
    """
    indices: Sequence[int] = [index for index, value in enumerate(values) if value == ONES[index]]
    wanted = set(indices)
    if len(field) != sum(WIDTHS[index] for index in indices):
        indices = range(WHOLE_FIELDS.get(len(field), 0))
    packing = "<" + "".join("LQ"[WIDTHS[index] == 8] for index in indices)
    wide = dict(zip(indices, struct.unpack_from(packing, field)))
    numbers = [wide.pop(index, value) for index, value in enumerate(values)]
    agree = all(value in (ONES[index], numbers[index]) for index, value in enumerate(values))
    if not agree or wide or not wanted.issubset(indices) or (field and not indices):
        raise rejected_for("zip64_field", name)
    return numbers


def decoded(raw_name: bytes, flags: int, fields: dict[int, bytes]) -> str:
    """Return the name: of a Unicode path field made for it, or UTF-8 where it is flagged or fits, or CP437.

    Info-ZIP, macOS and Java write UTF-8 without the flag; hardly any CP437 name with other letters fits UTF-8.
    Raises Rejected (bad_zip).
    """
    flagged = bool(flags & UTF8_NAME)
    path = fields.get(UNICODE_PATH, b"")
    try:
        name = raw_name.decode() if flagged or _is_utf8(raw_name) else raw_name.decode("cp437")
        if path[:1] != b"\1" or path[1:5] != zlib.crc32(raw_name).to_bytes(4, "little"):
            return name
        unicode_name = path[5:].decode()
    except UnicodeDecodeError as error:
        raise rejected_for("not_utf8", raw_name.decode("cp437")) from error
    if unicode_name != name and (flagged or (raw_name.isascii() and not _stands_for(name, unicode_name))):
        raise rejected_for("second_name", name, name=shown(unicode_name))
    return unicode_name


def _stands_for(name: str, unicode_name: str) -> bool:
    """Tell whether an ASCII name is what Info-ZIP writes for one with letters that its code page lacks."""
    return name in (NOT_ASCII.sub(_escape, unicode_name), NOT_ASCII.sub("?", unicode_name))


def _escape(letter: re.Match[str]) -> str:
    code = ord(letter[0])
    return f"#U{code:04x}" if code < 0x10000 else f"#L{code:06x}"


def _is_utf8(raw_name: bytes) -> bool:
    try:
        raw_name.decode()
    except UnicodeDecodeError:
        return False
    return True


def _find_end(descriptor: int, length: int) -> tuple[_End, int]:
    """Return the one end record and its offset; no second one is in its comment, and only padding follows."""
    begin = max(0, length - TAIL_LENGTH)
    tail = os.pread(descriptor, length - begin, begin)
    offsets = [found.start() for found in re.finditer(END_SIGNATURE, tail)]
    if not offsets:
        start = os.pread(descriptor, START_LENGTH, 0)
        raise rejected_for("other_kind", kind=archive_kind(start), fix=archive_fix(start))
    fitting = [offset for offset in offsets if _fits(tail, offset)]
    if not fitting:
        raise _without_fitting_end(tail, offsets[-1])
    if fitting != offsets[-1:]:
        raise rejected_for("two_ends")
    fields = END.unpack_from(tail, offsets[-1])
    return _End(fields[1:3], fields[3:5], fields[5], fields[6]), begin + offsets[-1]


def _comment_end(tail: bytes, offset: int) -> int:
    end = offset + END.size
    return end + int.from_bytes(tail[end - 2 : end], "little")


def _fits(tail: bytes, offset: int) -> bool:
    """Tell whether the comment of an end record reaches the last byte, or at most MAX_COMMENT NULs follow it.

    Programs that write blocks of tapes pad so: bsdtar to a pipe, dd conv=sync.
    """
    end = _comment_end(tail, offset)
    behind = tail[end:]
    return offset + END.size <= len(tail) and end <= len(tail) and len(behind) <= MAX_COMMENT and not any(behind)


def _without_fitting_end(tail: bytes, offset: int) -> Rejected:
    """Say what follows the last end record, or that its comment is cut off."""
    surplus = len(tail) - _comment_end(tail, offset)
    if surplus <= 0 or offset + END.size > len(tail):
        return rejected_for("cut_off")
    return rejected_for("behind_end", surplus=surplus)


def _see_zip64(descriptor: int, end: _End, end_offset: int) -> tuple[_End, int]:
    """Return the zip64 end record and its offset where there is one; it must not contradict the plain one."""
    front = end_offset - LOCATOR.size - END64.size
    records = os.pread(descriptor, LOCATOR.size + END64.size, front) if front >= 0 else b""
    if records[END64.size : END64.size + 4] != b"PK\6\7":
        return end, end_offset
    _, disk, offset, disks = LOCATOR.unpack_from(records, END64.size)
    signature, size, _, _, *numbers = END64.unpack_from(records)
    wide = _End((numbers[0], numbers[1]), (numbers[2], numbers[3]), numbers[4], numbers[5])
    if (signature, size, offset) != (b"PK\6\6", END64.size - 12, front) or disk or disks > 1:
        raise rejected_for("zip64_end")
    plain_and_wide = zip((*end.disks, *end.counts, *end[2:]), (*wide.disks, *wide.counts, *wide[2:]))
    ones = 4 * (0xFFFF,) + 2 * (0xFFFFFFFF,)
    if any(plain not in (one, big) for (plain, big), one in zip(plain_and_wide, ones)):
        raise rejected_for("ends_contradict")
    return wide, front


def _entries(block: bytes) -> Iterator[Entry]:
    offset = done = 0
    while offset < len(block):
        if not block.startswith(b"PK\1\2", offset) or offset + ENTRY.size > len(block):
            raise rejected_for("directory_damaged", done=done)
        fields = ENTRY.unpack_from(block, offset)
        name_end = offset + ENTRY.size + fields[10]
        extra_end = name_end + fields[11]
        raw_name, extra = block[offset + ENTRY.size : name_end], block[name_end:extra_end]
        offset, done = extra_end + fields[12], done + 1
        if offset > len(block):
            raise rejected_for("directory_cut_off", done=done)
        yield _entry(fields, raw_name, extra)


def _entry(fields: tuple[int, ...], raw_name: bytes, extra: bytes) -> Entry:
    _, _, needed, flags, method, _, _, checksum, packed_size, size, *_, disk, _, attributes, offset = fields
    shown_name = raw_name.decode("cp437")
    extras = extra_fields(extra, shown_name) if extra else {}
    numbers = size, packed_size, offset, disk
    if ZIP64 in extras or ONES[0] in numbers:
        size, packed_size, offset, disk = widened(numbers, extras.get(ZIP64, b""), shown_name)
    if disk:
        raise rejected_for("other_part", shown_name)
    name = decoded(raw_name, flags, extras)
    return Entry(
        name, raw_name, needed & 0xFF, flags, method, checksum, size, packed_size, offset, attributes >> 16
    )
