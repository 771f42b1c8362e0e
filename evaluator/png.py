"""Turns PNG bytes into pixels; the only place that says which kinds of PNG are taken."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import NamedTuple, NoReturn

import numpy as np
from PIL import Image

from evaluator import compiled
from evaluator.chunks import Damaged, pixel_data
from evaluator.contract import MOST_PIXELS, ImageEntry, Manifest, Problem, Rejected
from evaluator.inflate import inflate
from evaluator.runs import Pixels

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER_LENGTH = 33  # signature and IHDR chunk: all that must be read to know size and kind
GREY, PALETTE = 0, 3
COLOURS = {0: "grey", 2: "RGB", 3: "palette", 4: "grey with alpha", 6: "RGBA"}
LARGER_IN_ALL = 16  # times the pixels of all images; 4 times their height and width
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


@dataclass(frozen=True)
class PixelFormat:
    """Which PNGs hold one kind of map: (colour type, bit depth) pairs, and what to tell who sends another."""

    kinds: frozenset[tuple[int, int]]
    expected: str
    fix: str


LABELS = PixelFormat(
    frozenset({(GREY, 8), (PALETTE, 1), (PALETTE, 2), (PALETTE, 4), (PALETTE, 8)}),
    "8-bit grey or palette, one label per pixel",
    "Save the label map itself: Image.fromarray(labels.astype(np.uint8)).save(name)",
)
HEAT_MAP = PixelFormat(
    frozenset({(GREY, 8)}),
    "8-bit grey, one level from 0 to 255 per pixel",
    "Save one grey channel: Image.fromarray(heat_map.astype(np.uint8)).save(name)",
)


class Header(NamedTuple):
    """What a PNG says of itself before any pixel is decoded."""

    width: int
    height: int
    depth: int
    colour_type: int
    interlaced: bool

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width * self.height

    @property
    def raw_length(self) -> int:
        """Bytes of the inflated pixel data, with one filter byte a row, for grey and palette images."""
        passes = ADAM7 if self.interlaced else ((0, 0, 1, 1),)
        sizes = [(-((x - self.width) // dx), -((y - self.height) // dy)) for x, y, dx, dy in passes]
        return sum(rows * (1 + (columns * self.depth + 7) // 8) for columns, rows in sizes if columns > 0)


def read_header(start: bytes, file: str) -> Header:
    """Read the header of the PNG named `file` from its first HEADER_LENGTH bytes; Rejected: not_an_image."""
    if not start.startswith(SIGNATURE):
        _not_an_image(file, "not a PNG file, whatever its name says" if start else "an empty file")
    if len(start) < HEADER_LENGTH or start[8:16] != b"\0\0\0\rIHDR":
        _not_an_image(file, "a PNG without its header")
    if zlib.crc32(start[12:29]) != int.from_bytes(start[29:33], "big"):
        _not_an_image(file, "a PNG whose header is damaged")
    width, height, depth, colour_type, method, filters, interlace = struct.unpack(">IIBBBBB", start[16:29])
    if not (width and height) or colour_type not in COLOURS or method or filters or interlace > 1:
        _not_an_image(file, "a PNG with an impossible header")
    return Header(width, height, depth, colour_type, interlace == 1)


def check_kind(header: Header, wanted: PixelFormat, file: str) -> None:
    """Refuse a PNG of another kind than `wanted`; Rejected: bad_mode."""
    if (header.colour_type, header.depth) not in wanted.kinds:
        found = f"{COLOURS[header.colour_type]}, {header.depth} bit"
        raise Rejected([Problem("bad_mode", file, found, wanted.expected, wanted.fix)])


def check_size(header: Header, image: ImageEntry, file: str) -> None:
    """Refuse a map that has not its image's size; Rejected: size_mismatch."""
    if (header.width, header.height) == (image.width, image.height):
        return
    fix = "Bring the map to its image's size, label maps by nearest neighbour, and save it again."
    if (header.height, header.width) == (image.width, image.height):
        fix = "Width and height are swapped: save the array as [height, width]."
    found, expected = _size(header.width, header.height), _size(image.width, image.height)
    raise Rejected([Problem("size_mismatch", file, found, expected, fix)])


def check_bounds(header: Header, manifest: Manifest, file: str) -> None:
    """Refuse a map, of any size, that is larger than the manifest allows; Rejected: too_large."""
    if max(header.width, header.height) > manifest.max_side or header.pixels > manifest.max_pixels:
        expected = f"at most {manifest.max_pixels:,} pixels and {manifest.max_side:,} a side"
        fix = "Save the map in its image's size."
        raise Rejected([Problem("too_large", file, _size(header.width, header.height), expected, fix)])


def check_total(pixels: int, manifest: Manifest) -> None:
    """Refuse maps that are together far larger than their images and would take hours; Rejected: too_large."""
    most = manifest.max_pixels + LARGER_IN_ALL * sum(image.pixels for image in manifest.images)
    if pixels > most:
        found, expected = f"maps of {pixels:,} pixels in all", f"at most {most:,} pixels in all"
        fix = "Save each map in its image's size: scoring brings it there anyway."
        raise Rejected([Problem("too_large", "", found, expected, fix)])


def largest_file(pixels: int) -> int:
    """Return how many bytes a PNG of so many pixels may have: twice the raw ones, and 1 MiB for the rest."""
    return 2 * pixels + 2**20


def decode(png: bytes, file: str) -> Pixels:
    """Decode a grey or palette PNG to uint8 [height, width]: grey levels, or palette indices.

    Rejected: not_an_image where anything that carries pixels is damaged, short or left over. Nothing looks at
    text, profile, transparency or animation, so none of them counts.
    """
    header = read_header(png[:HEADER_LENGTH], file)
    if header.colour_type not in (GREY, PALETTE) or header.pixels > MOST_PIXELS:
        raise ValueError(f"{file}: check kind and size before decoding")
    try:
        packed = pixel_data(png, header.raw_length, palette=header.colour_type == PALETTE)
        return _unfiltered(inflate(packed, header.raw_length), header)
    except Damaged as damage:
        _not_an_image(file, str(damage), damage)
    except (zlib.error, OSError, ValueError) as error:
        _not_an_image(file, "a PNG whose pixel data is damaged or does not fill its width and height", error)


def encode(pixels: Pixels) -> bytes:
    """Encode uint8 [height, width] as an 8-bit grey PNG."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _unfiltered(raw: bytearray, header: Header) -> Pixels:
    """Undo the filters of the inflated rows, compiled where that is started and the rows are plain bytes."""
    if compiled.kernels is None or header.interlaced or header.depth != 8:
        return _by_pillow(raw, header)
    return compiled.kernels.unfilter(raw, header.height, header.width)


def _by_pillow(raw: bytearray, header: Header) -> Pixels:
    """Let Pillow undo filters and interlacing; it sees neither the file nor any other chunk of it."""
    mode = "P" if header.colour_type == PALETTE else "L"
    rows = f"P;{header.depth}" if header.depth < 8 else mode
    size, stored = (header.width, header.height), zlib.compress(raw, 0)
    return np.asarray(Image.frombytes(mode, size, stored, "zip", rows, header.interlaced))


def _size(width: int, height: int) -> str:
    return f"{width} wide, {height} high"


def _not_an_image(file: str, found: str, cause: Exception | None = None) -> NoReturn:
    fix = "Open the file in an image viewer, then save and zip it again."
    raise Rejected([Problem("not_an_image", file, found, "a whole PNG file", fix)]) from cause
