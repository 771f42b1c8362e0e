"""Walks the chunks of a PNG and joins its pixel data; docs/security.md states the rules."""

from __future__ import annotations

from collections.abc import Iterator

from evaluator.inflate import crc32

HEADER, PALETTE, PIXELS, END = CRITICAL = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
FIRST = 8  # offset of the first chunk, after the signature
BASE_CHUNKS = 1024  # that every PNG may have; one more for every KIB of pixels
KIB = 1024
MOST_COLOURS = 256


class Damaged(Exception):
    """A PNG that breaks a rule; the message completes the sentence 'found …'."""


def pixel_data(png: bytes, length: int, *, palette: bool) -> tuple[bytes, bytes]:
    """Return the zlib stream of a PNG whose inflated pixel data has `length` bytes, and its palette.

    `palette`: whether there must be one, before the pixels; else b"". Only chunks that carry pixels are examined.
    Raises Damaged.
    """
    most = BASE_CHUNKS + length // KIB
    found: list[tuple[bytes, bytes]] = []
    for kind, body in _chunks(png):
        found.append((kind, body))
        if len(found) > most:
            raise Damaged(f"a PNG of more than {most:,} chunks")
    _check_order([kind for kind, _ in found])
    colours = _palette(found) if palette else b""
    packed = b"".join(body for kind, body in found if kind == PIXELS)
    if len(packed) > length + length // 4 + 16 * KIB:
        raise Damaged("a PNG whose pixel data is longer than its width and height can need")
    return packed, colours


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (kind, body) of all chunks up to IEND; the checksum of every critical chunk must match."""
    position, kind = FIRST, b""
    while kind != END:
        length, kind = int.from_bytes(png[position : position + 4], "big"), png[position + 4 : position + 8]
        end = position + 8 + length
        if end + 4 > len(png):
            raise Damaged("a PNG that is cut off")
        if not kind.isalpha() or (kind not in CRITICAL and kind[:1].isupper()):
            raise Damaged("a PNG with an unknown critical chunk")
        if kind in CRITICAL and crc32(png[position + 4 : end]) != int.from_bytes(png[end : end + 4], "big"):
            raise Damaged("a PNG whose pixel data is damaged")
        yield kind, png[position + 8 : end]
        position = end + 4


def _check_order(kinds: list[bytes]) -> None:
    """Refuse an order of chunks that two readers could decode differently."""
    if kinds.count(HEADER) > 1:
        raise Damaged("a PNG with two headers")
    pieces = kinds.count(PIXELS)
    if not pieces:
        raise Damaged("a PNG without pixel data")
    first = kinds.index(PIXELS)
    if kinds[first : first + pieces] != [PIXELS] * pieces:
        raise Damaged("a PNG whose pixel data is not in one place")


def _palette(found: list[tuple[bytes, bytes]]) -> bytes:
    """Return the one palette of whole colours before the pixels. Their number is free: an index is a label."""
    kinds = [kind for kind, _ in found]
    if PALETTE not in kinds[: kinds.index(PIXELS)]:
        raise Damaged("a palette PNG without a palette before its pixels")
    if kinds.count(PALETTE) > 1:
        raise Damaged("a palette PNG with two palettes")
    palette = found[kinds.index(PALETTE)][1]
    colours, rest = divmod(len(palette), 3)
    if rest or not 0 < colours <= MOST_COLOURS:
        raise Damaged("a palette PNG whose palette is damaged")
    return palette
