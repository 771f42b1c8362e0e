"""Random PNGs, by an encoder that uses every freedom of the standard, and PNGs damaged in random places."""

import itertools
import zlib

import deflate
import numpy as np
from factories import chunk
from png_parts import COLOURS, END, GREY, PALETTE, SIGNATURE, header

from evaluator.png.header import ADAM7

ANCILLARY = [
    chunk(b"gAMA", (45455).to_bytes(4, "big")),
    chunk(b"tEXt", b"Software\0fuzz"),
    chunk(b"tIME", bytes([7, 228, 6, 14, 0, 0, 0])),
    chunk(b"pHYs", bytes(9)),
    chunk(b"prVt", b"private"),
]


def random_png(random):
    """(PNG, its pixels): grey or palette, of any filters, pieces, passes and compression."""
    colour, depth = (GREY, 8) if random.random() < 0.6 else (PALETTE, int(random.choice([1, 2, 4, 8], p=DEPTHS)))
    picture = random_pixels(random, 2**depth)
    interlace = int(random.random() < 0.15)
    raw = b"".join(filtered(random, part, depth) for part in (passes_of(picture) if interlace else [picture]))
    chunks = [header(picture.shape[1], picture.shape[0], depth, colour, interlace)]
    chunks += [chunk(b"PLTE", COLOURS[: 3 * int(random.integers(1, 257))])] * (colour == PALETTE)
    chunks += [ANCILLARY[i] for i in random.integers(0, len(ANCILLARY), random.integers(0, 3))]
    chunks += pieces(random, compressed(random, raw))
    chunks += [ANCILLARY[i] for i in random.integers(0, len(ANCILLARY), random.integers(0, 2))]
    return SIGNATURE + b"".join(chunks) + END, picture


DEPTHS = [0.1, 0.1, 0.1, 0.7]


def random_pixels(random, levels):
    """Mostly small pictures, now and then a long or a large one: noise, a slope, blocks, or one level."""
    side = int(random.choice([1, 3, 12, 60, 300], p=[0.1, 0.25, 0.4, 0.2, 0.05]))
    height, width = (int(size) for size in random.integers(1, side + 1, 2))
    if random.random() < 0.004:
        height, width = int(random.integers(1, 400)), int(random.integers(1000, 2001))
    kind = random.integers(0, 4)
    if kind == 0:
        picture = random.integers(0, levels, (height, width))
    elif kind == 1:
        slope = np.add.outer(np.arange(height) * random.integers(0, 9), np.arange(width) * random.integers(0, 9))
        picture = slope + random.integers(0, 3, (height, width))
    elif kind == 2:
        blocks = random.integers(0, levels, (height // 5 + 1, width // 5 + 1))
        picture = blocks.repeat(5, axis=0).repeat(5, axis=1)[:height, :width]
    else:
        picture = np.full((height, width), random.integers(0, levels))
    return (picture % levels).astype(np.uint8)


def passes_of(picture):
    """The reduced pictures of an interlaced one."""
    reduced = [picture[y::dy, x::dx] for x, y, dx, dy in ADAM7]
    return [part for part in reduced if part.size]


def filtered(random, picture, depth):
    """The rows of a picture behind a filter byte each: all of one filter, or each of any."""
    height = picture.shape[0]
    kinds = random.integers(0, 5, height)
    if random.random() < 0.5:
        kinds[:] = kinds[0]
    rows = packed_rows(picture, depth).astype(np.int32)
    above = np.vstack([np.zeros_like(rows[:1]), rows[:-1]])
    left, corner = (np.hstack([np.zeros_like(part[:, :1]), part[:, :-1]]) for part in (rows, above))
    guesses = [np.zeros_like(rows), left, above, (left + above) // 2, paeth(left, above, corner)]
    residues = rows - np.choose(kinds[:, None], guesses)
    return np.hstack([kinds[:, None], residues % 256]).astype(np.uint8).tobytes()


def packed_rows(picture, depth):
    """Pixels of less than a byte packed into bytes, the leftmost in the highest bits."""
    if depth == 8:
        return picture
    bits = np.unpackbits(picture[:, :, None], axis=2)[:, :, 8 - depth :]
    return np.packbits(bits.reshape(len(picture), -1), axis=1)


def paeth(left, above, corner):
    """The predictor as the standard words it: the nearest of three to left + above - corner, in this order."""
    guess = left + above - corner
    by_left, by_above, by_corner = (abs(guess - one) for one in (left, above, corner))
    of_two = np.where(by_above <= by_corner, above, corner)
    return np.where((by_left <= by_above) & (by_left <= by_corner), left, of_two)


def compressed(random, raw):
    level, strategy = int(random.integers(0, 10)), int(random.integers(0, 5))
    squeeze = zlib.compressobj(level, zlib.DEFLATED, int(random.integers(9, 16)), 1 + level % 9, strategy)
    cut = int(random.integers(0, len(raw) + 1))
    start = squeeze.compress(raw[:cut])
    if random.random() < 0.3:
        start += squeeze.flush(zlib.Z_FULL_FLUSH)
    return start + squeeze.compress(raw[cut:]) + squeeze.flush()


def pieces(random, packed):
    """The stream in one chunk or several, some of them empty."""
    number = int(random.choice([1, 2, 5, 20], p=[0.5, 0.2, 0.2, 0.1]))
    ends = [0, *sorted(random.integers(0, len(packed) + 1, number - 1).tolist()), len(packed)]
    return [chunk(b"IDAT", packed[begin:end]) for begin, end in itertools.pairwise(ends)]


def damaged(random, png):
    """The PNG with one to three of its parts changed."""
    for _ in range(int(random.integers(1, 4))):
        change = CHANGES[int(random.integers(0, len(CHANGES)))]
        png = change(random, png)
    return png


def parts(png):
    """[(kind, body)] of a PNG as far as its lengths can be followed."""
    found, position = [], 8
    while position + 12 <= len(png):
        length = int.from_bytes(png[position : position + 4], "big")
        found.append((png[position + 4 : position + 8], png[position + 8 : position + 8 + length]))
        position += 12 + length
    return found


def whole(chunks):
    return SIGNATURE + b"".join(chunk(kind, body) for kind, body in chunks)


def flip_a_byte(random, png):
    return changed(random, png) if png else png


def cut_the_end(random, png):
    return png[: int(random.integers(0, len(png) + 1))]


def append(random, png):
    return png + random.bytes(int(random.integers(1, 50)))


def move_a_chunk(random, png):
    chunks = parts(png)
    if chunks:
        moved = chunks.pop(int(random.integers(0, len(chunks))))
        chunks.insert(int(random.integers(0, len(chunks) + 1)), moved)
    return whole(chunks)


def drop_a_chunk(random, png):
    chunks = parts(png)
    if chunks:
        chunks.pop(int(random.integers(0, len(chunks))))
    return whole(chunks)


def double_a_chunk(random, png):
    chunks = parts(png)
    if chunks:
        chunks.insert(int(random.integers(0, len(chunks) + 1)), chunks[int(random.integers(0, len(chunks)))])
    return whole(chunks)


def rename_a_chunk(random, png):
    chunks = parts(png)
    if chunks:
        at = int(random.integers(0, len(chunks)))
        chunks[at] = changed(random, chunks[at][0]), chunks[at][1]
    return whole(chunks)


def change_a_body(random, png):
    """Change a byte of a chunk and fix its checksum, so that what comes next has to notice."""
    chunks = parts(png)
    filled = [at for at, (_, body) in enumerate(chunks) if body]
    if filled:
        at = int(random.choice(filled))
        chunks[at] = chunks[at][0], changed(random, chunks[at][1])
    return whole(chunks)


def change_the_rows(random, png):
    """Change the inflated rows, a filter byte or their length, and fix every checksum."""
    chunks = parts(png)
    try:
        raw = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    except zlib.error:
        return png
    raw = random.choice([changed(random, raw), raw + random.bytes(3), raw[:-1], raw + raw]) if raw else b"\0"
    return with_pixel_data(chunks, zlib.compress(bytes(raw)))


def change_the_stream(random, png):
    """Change a byte of the deflate stream and fix every checksum: only the pixels, or the stream's sense."""
    chunks = parts(png)
    packed = b"".join(body for kind, body in chunks if kind == b"IDAT")
    try:
        body = changed(random, packed[2:-4])
        raw = deflate.deflate_decompress(body, len(zlib.decompress(packed)))
    except (zlib.error, deflate.DeflateError, ValueError):
        return png
    return with_pixel_data(chunks, packed[:2] + body + zlib.adler32(raw).to_bytes(4, "big"))


def with_pixel_data(chunks, packed):
    first = next((at for at, (kind, _) in enumerate(chunks) if kind == b"IDAT"), len(chunks))
    rest = [one for one in chunks[first:] if one[0] != b"IDAT"]
    return whole([*chunks[:first], (b"IDAT", packed), *rest])


def changed(random, contents):
    at, change = int(random.integers(0, len(contents))), int(random.integers(1, 256))
    return contents[:at] + bytes([contents[at] ^ change]) + contents[at + 1 :]


CHANGES = [flip_a_byte, cut_the_end, append, move_a_chunk, drop_a_chunk, double_a_chunk, rename_a_chunk]
CHANGES += [change_a_body, change_a_body, change_the_rows, change_the_rows]
CHANGES += [change_the_stream, change_the_stream]
