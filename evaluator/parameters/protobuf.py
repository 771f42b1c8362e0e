"""Reads protobuf messages field by field from a file; long fields are skipped, not read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from evaluator.parameters.refusals import Damaged, TooLarge
from evaluator.parameters.sources import OpenSource

BLOCK = 64 * 2**10
LONGEST_VARINT = 10
LONGEST_TEXT = 1000
MOST_FIELDS = 2_000_000  # of a file, in all of its messages
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


class Span(NamedTuple):
    """Where a message or other field of bytes stands in the file."""

    begin: int
    end: int

    @property
    def length(self) -> int:
        """Its bytes."""
        return self.end - self.begin


class Field(NamedTuple):
    """One field of a message: `value` of a varint, `span` of everything else."""

    number: int
    wire: int
    value: int
    span: Span


class Messages:
    """The messages of one file. Raises Damaged or TooLarge where they cannot be read to their end."""

    def __init__(self, source: OpenSource) -> None:
        self._source = source
        self._block, self._begin = b"", 0
        self._fields = 0

    @property
    def whole(self) -> Span:
        """The file as one message."""
        return Span(0, self._source.size)

    def fields(self, message: Span) -> Iterator[Field]:
        """Yield the fields of a message, in the order of the file."""
        at = message.begin
        while at < message.end:
            self._fields += 1
            if self._fields > MOST_FIELDS:
                raise TooLarge(f"it has more than {MOST_FIELDS:,} fields; fewer, as any model has")
            tag, at = self._varint(at, message.end)
            found = self._field(tag >> 3, tag & 7, at, message.end)
            if not found.number or found.span.end > message.end:
                raise Damaged("a field of it is longer than the message that it stands in, or has no number")
            yield found
            at = found.span.end

    def varints(self, field: Field) -> Iterator[int]:
        """Yield the numbers of a repeated field, written one by one or packed, with their sign."""
        if field.wire == VARINT:
            yield _signed(field.value)
        elif field.wire == BYTES:
            at = field.span.begin
            while at < field.span.end:
                value, at = self._varint(at, field.span.end)
                yield _signed(value)

    def text(self, span: Span) -> str:
        """Return a field of bytes as text."""
        if span.length > LONGEST_TEXT:
            raise TooLarge(f"a name in it has {span.length:,} bytes; at most {LONGEST_TEXT:,}")
        return self._source.read(span.begin, span.length).decode(errors="replace")

    def _field(self, number: int, wire: int, at: int, end: int) -> Field:
        if wire == VARINT:
            value, after = self._varint(at, end)
            return Field(number, wire, value, Span(at, after))
        if wire == BYTES:
            length, at = self._varint(at, end)
            return Field(number, wire, 0, Span(at, at + length))
        if wire in (FIXED32, FIXED64):
            return Field(number, wire, 0, Span(at, at + (4 if wire == FIXED32 else 8)))
        raise Damaged("it is no protobuf message")

    def _varint(self, at: int, end: int) -> tuple[int, int]:
        """Return the number that begins at `at`, and where it ends."""
        if not self._begin <= at <= self._begin + len(self._block) - LONGEST_VARINT:
            self._block, self._begin = self._source.read(at, BLOCK), at
        offset, value = at - self._begin, 0
        if at < end and self._block[offset : offset + 1] < b"\x80":  # most numbers: one byte
            return self._block[offset], at + 1
        for place, byte in enumerate(self._block[offset : offset + min(LONGEST_VARINT, end - at)]):
            value |= (byte & 127) << (7 * place)
            if byte < 128:
                return value, at + place + 1
        raise Damaged("a number in it is cut off, or too long")


def _signed(value: int) -> int:
    value &= 2**64 - 1
    return value - 2**64 if value >= 2**63 else value
