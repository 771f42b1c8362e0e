"""Reads a PNG's header and checks kind and size; the one place that lists the kinds accepted."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import NamedTuple, NoReturn

from evaluator.contract import ImageEntry, Manifest
from evaluator.contract.formats import image_kind
from evaluator.problem_texts import phrase, rejected_for

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER_LENGTH = 33  # signature and IHDR chunk: all that must be read to know size and kind
GREY, PALETTE = 0, 3
COLOURS = {0: "grey", 2: "RGB", 3: "palette", 4: "grey with alpha", 6: "RGBA"}
MAX_TOTAL_RATIO = 16  # pixels of all maps per pixel of all images; 4 times their height and width
BYTES_PER_PIXEL, FURTHER_BYTES = 2, 2**20  # of a file: twice the raw data, and the rest
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


@dataclass(frozen=True)
class PixelFormat:
    """The PNGs that can hold one kind of map: (colour type, bit depth) pairs, and the advice for any other PNG."""

    name: str  # in manifests
    kinds: frozenset[tuple[int, int]]
    expected: str
    fix: str


LABELS = PixelFormat(
    "labels",
    frozenset({(GREY, 8), (PALETTE, 1), (PALETTE, 2), (PALETTE, 4), (PALETTE, 8)}),
    "8-bit grey or palette, one label per pixel",
    "Save the label map itself: Image.fromarray(labels.astype(np.uint8)).save(name)",
)
HEAT_MAP = PixelFormat(
    "heat_map",
    frozenset({(GREY, 8)}),
    "8-bit grey, one level from 0 to 255 per pixel",
    "Save one grey channel: Image.fromarray(heat_map.astype(np.uint8)).save(name)",
)
FORMATS = {one.name: one for one in (LABELS, HEAT_MAP)}


class Header(NamedTuple):
    """The fields of a PNG's IHDR chunk."""

    width: int
    height: int
    depth: int
    colour_type: int
    interlaced: bool

    @property
    def pixels(self) -> int:
        """Width × height."""
        return self.width * self.height

    @property
    def raw_length(self) -> int:
        """Length in bytes of the inflated pixel data, one filter byte per row, for grey and palette images."""
        passes = ADAM7 if self.interlaced else ((0, 0, 1, 1),)
        sizes = [(-((x - self.width) // dx), -((y - self.height) // dy)) for x, y, dx, dy in passes]
        return sum(rows * (1 + (columns * self.depth + 7) // 8) for columns, rows in sizes if columns > 0)


def read_header(start: bytes, file: str) -> Header:
    """Read the header of the PNG named `file` from its first HEADER_LENGTH bytes.

    Raises Rejected (not_an_image).
    """
    if not start.startswith(SIGNATURE):
        _reject_other(start, file)
    if len(start) < HEADER_LENGTH or start[8:16] != b"\0\0\0\rIHDR":
        raise rejected_for("no_header", file)
    if zlib.crc32(start[12:29]) != int.from_bytes(start[29:33], "big"):
        raise rejected_for("damaged_header", file)
    width, height, depth, colour_type, method, filters, interlace = struct.unpack(">IIBBBBB", start[16:29])
    if not (width and height) or colour_type not in COLOURS or method or filters or interlace > 1:
        raise rejected_for("impossible_header", file)
    return Header(width, height, depth, colour_type, interlace == 1)


def check_kind(header: Header, wanted: PixelFormat, file: str) -> None:
    """Raises Rejected (bad_mode) for a PNG of another kind than `wanted`."""
    if (header.colour_type, header.depth) not in wanted.kinds:
        found = {"colours": COLOURS[header.colour_type], "depth": header.depth}
        raise rejected_for("other_mode", file, **found, expected=wanted.expected, fix=wanted.fix)


def check_size(header: Header, image: ImageEntry, file: str, *, resizes: bool) -> None:
    """Raises Rejected (size_mismatch) for a map of another size than its image's.

    Where the scorer `resizes`, only width and height that are swapped exactly are a mistake for certain.
    """
    size, image_size = (header.width, header.height), (image.width, image.height)
    swapped = size == image_size[::-1]
    if size == image_size or (resizes and not swapped):
        return
    own = {"own_width": image.width, "own_height": image.height}
    raise rejected_for(
        "swapped" if swapped else "other_size", file, width=header.width, height=header.height, **own
    )


def check_bounds(header: Header, manifest: Manifest, file: str) -> None:
    """Raises Rejected (too_large) for a map, of any size, that is larger than the manifest allows."""
    if max(header.width, header.height) > manifest.max_side or header.pixels > manifest.max_pixels:
        limits = {"most": manifest.max_pixels, "most_a_side": manifest.max_side}
        raise rejected_for("map_too_large", file, width=header.width, height=header.height, **limits)


def check_total(pixels: int, manifest: Manifest) -> None:
    """Raises Rejected (too_large) for maps that together are far larger than their images and would take hours."""
    most = manifest.max_pixels + MAX_TOTAL_RATIO * sum(image.pixels for image in manifest.images)
    if pixels > most:
        raise rejected_for("maps_too_large", pixels=pixels, most=most)


def largest_file(pixels: int) -> int:
    """Return the most bytes a PNG of `pixels` pixels may have."""
    return BYTES_PER_PIXEL * pixels + FURTHER_BYTES


def reject_broken(file: str, found: str, cause: Exception | None = None) -> NoReturn:
    """Raises Rejected (not_an_image); `found` completes the sentence "found …"."""
    raise rejected_for("damaged_png", file, damage=found) from cause


def _reject_other(start: bytes, file: str) -> NoReturn:
    """Raises Rejected (not_an_image) for a file that does not begin as a PNG does."""
    if not start:
        raise rejected_for("empty_file", file)
    raise rejected_for("no_png_file", file, kind=image_kind(start) or phrase("no_known_kind"))
