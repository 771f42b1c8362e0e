"""Decodes untrusted PNGs to pixels, and encodes the maps of the sample submission."""

from __future__ import annotations

import io
import zlib
from typing import NamedTuple

import numpy as np
from PIL import Image

from evaluator.contract import MOST_PIXELS
from evaluator.inflate import inflate
from evaluator.kernels import compiled
from evaluator.png.chunks import Damaged, pixel_data
from evaluator.png.header import GREY, HEADER_LENGTH, PALETTE, Header, read_header, reject_broken
from evaluator.rle import Pixels


class Decoded(NamedTuple):
    """A decoded PNG: uint8 [height, width] of grey levels or palette indices; the palette is b"" where grey."""

    pixels: Pixels
    palette: bytes
    depth: int


def decode(png: bytes, file: str) -> Pixels:
    """Decode as decode_with_palette does, to the pixels alone."""
    return decode_with_palette(png, file).pixels


def decode_with_palette(png: bytes, file: str) -> Decoded:
    """Decode a grey or palette PNG.

    Text, colour profile, transparency and animation are not read. Raises Rejected (not_an_image) where anything
    that carries pixels is damaged, short or left over.
    """
    header = read_header(png[:HEADER_LENGTH], file)
    if header.colour_type not in (GREY, PALETTE) or header.pixels > MOST_PIXELS:
        raise ValueError(f"{file}: check kind and size before decoding")
    try:
        packed, palette = pixel_data(png, header.raw_length, palette=header.colour_type == PALETTE)
        return Decoded(_unfiltered(inflate(packed, header.raw_length), header), palette, header.depth)
    except Damaged as damage:
        reject_broken(file, str(damage), damage)
    except (zlib.error, OSError, ValueError) as error:
        reject_broken(file, "a PNG whose pixel data is damaged or does not fill its width and height", error)


def encode(pixels: Pixels) -> bytes:
    """Encode uint8 [height, width] as an 8-bit grey PNG."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _unfiltered(raw: bytearray, header: Header) -> Pixels:
    """Undo the filters of the inflated rows: by the compiled kernel if it is loaded and each pixel is one byte."""
    if compiled.kernels is None or header.interlaced or header.depth != 8:
        return _by_pillow(raw, header)
    return compiled.kernels.unfilter(raw, header.height, header.width)


def _by_pillow(raw: bytearray, header: Header) -> Pixels:
    """Let Pillow undo filters and interlacing; it sees the pixel data only, no other chunk of the file."""
    mode = "P" if header.colour_type == PALETTE else "L"
    rows = f"P;{header.depth}" if header.depth < 8 else mode
    size, stored = (header.width, header.height), zlib.compress(raw, 0)
    return np.asarray(Image.frombytes(mode, size, stored, "zip", rows, header.interlaced))
