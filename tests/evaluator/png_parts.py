"""The parts that hostile PNGs are put together from, each as odd as wanted, and the shape of their cases."""

import io
import struct
import zlib
from dataclasses import dataclass

from factories import chunk
from hostile_case import ACCEPT, REJECT, Case
from PIL import Image

from evaluator.png.header import ADAM7

SIGNATURE = b"\x89PNG\r\n\x1a\n"
END = chunk(b"IEND", b"")
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
SAMPLES = {RGB: 3, GREY_ALPHA: 2, RGBA: 4}
COLOURS = bytes(value * 5 % 256 for value in range(768))


@dataclass(frozen=True)
class PngCase(Case):
    """One PNG: `verdict` and `code` are those of a label map, `heat_code` ("" where accepted) is a heat map's."""

    heat_code: str


def case(attack, name, code, why, build, heat=None):
    """A case; `heat` where a heat map has another code, "-" where it is accepted."""
    heat_code = code if heat is None else heat.strip("-")
    return PngCase(name, attack, REJECT if code else ACCEPT, code, why, build, heat_code)


def header(width, height, depth=8, colour=GREY, interlace=0, method=0, filters=0):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, method, filters, interlace))


def rows(width, height, depth=8, colour=GREY):
    """Unfiltered rows of ones and zeros, which are labels of every scorer."""
    length = (width * depth * SAMPLES.get(colour, 1) + 7) // 8
    return b"".join(b"\0" + bytes((x + y) % 2 for x in range(length)) for y in range(height))


def pixels(raw):
    return chunk(b"IDAT", zlib.compress(raw))


def around(first, *more, end=END):
    return SIGNATURE + first + b"".join(more) + end


def plain(width, height, **kind):
    raw = rows(width, height, kind.get("depth", 8), kind.get("colour", GREY))
    return around(header(width, height, **kind), pixels(raw))


def grey(packed_of):
    """How to build a grey PNG of the zlib stream that `packed_of` makes for a width and height."""
    return lambda width, height: around(header(width, height), chunk(b"IDAT", packed_of(width, height)))


def grey_rows(rows_of):
    """How to build a grey PNG of the rows that `rows_of` makes for a width and height."""
    return grey(lambda width, height: zlib.compress(rows_of(width, height)))


def palette(width, height, colours=COLOURS, depth=8, more=b""):
    first = header(width, height, depth, PALETTE)
    return around(first, chunk(b"PLTE", colours), more, pixels(rows(width, height, depth)))


def between(*chunks):
    """How to build a grey PNG with these chunks between its header and its pixels."""
    return lambda width, height: around(header(width, height), *chunks, pixels(rows(width, height)))


def passes(width, height):
    """The rows of an interlaced picture."""
    sizes = [(-((x - width) // dx), -((y - height) // dy)) for x, y, dx, dy in ADAM7]
    return b"".join(rows(columns, lines) for columns, lines in sizes if columns > 0)


def interlaced(rows_of):
    """How to build an interlaced PNG of the rows that `rows_of` makes for a width and height."""
    return lambda width, height: around(header(width, height, interlace=1), pixels(rows_of(width, height)))


def zeros(length):
    """A zlib stream of so many zeros, a multiple of 1 MiB, made by saying one MiB again and again."""
    squeeze = zlib.compressobj(9)
    start = squeeze.compress(bytes(2**20)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    again = squeeze.compress(bytes(2**20)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    checksum = (length % 65521 << 16) | 1
    return start + again * (length // 2**20 - 1) + b"\3\0" + checksum.to_bytes(4, "big")


def stream(body, raw=b"", opening=b"\x78\x01"):
    """A zlib stream of a deflate body written by hand."""
    return opening + body + zlib.adler32(raw).to_bytes(4, "big")


def bits(*pairs):
    """A deflate body of (value, length) pairs, the least significant bit first."""
    value = length = 0
    for number, size in pairs:
        value |= number << length
        length += size
    return value.to_bytes((length + 7) // 8, "little")


def spoiled(png, kind):
    """The same with the checksum of the chunk `kind` made wrong."""
    at = png.index(kind)
    end = at + 4 + int.from_bytes(png[at - 4 : at], "big")
    return png[:end] + bytes([png[end] ^ 0xFF]) + png[end + 1 :]


def saved(format_, width, height):
    """What Pillow writes in another format."""
    file = io.BytesIO()
    Image.new("L", (width, height), 1).save(file, format_)
    return file.getvalue()
