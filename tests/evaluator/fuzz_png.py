"""Fuzzer that decodes random and damaged PNGs by every decoder: python tests/evaluator/fuzz_png.py --minutes 30.

All decoders must agree; every rejection must follow from the rules, which are implemented here a second time; and
pixels must be those that were drawn, and those of Pillow where it reads the file at all. With NUMBA_BOUNDSCHECK=1
in the environment the kernels also check each index.
"""

import argparse
import collections
import io
import itertools
import struct
import sys
import time
import warnings
import zlib
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from decoders import DECODERS, only
from PIL import Image
from random_pngs import damaged, parts, random_png, whole

from evaluator.contract import Rejected
from evaluator.png.decode import decode
from evaluator.png.header import HEADER_LENGTH, LABELS, check_kind, read_header

MOST = 4_000_000  # pixels; a damaged header may tell of any size
REFUSALS = (OSError, SyntaxError, ValueError, EOFError, struct.error, IndexError, TypeError)
REFUSALS += (Image.DecompressionBombError,)
CRITICAL = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
RESERVED = ("invalid literal/length code", "invalid distance code", "too many length or distance symbols")
RESERVED += ("invalid literal/lengths set", "invalid distances set", "invalid code lengths set")
RESERVED_CODE = "a deflate code that the standard reserves"


def look_at(random):
    """Make the next PNG and compare."""
    png, drawn = random_png(random)
    if random.random() < 0.6:
        png, drawn = damaged(random, png), None
    try:
        return compare(png, drawn)
    except AssertionError as fault:
        raise AssertionError(f"{fault}: {png[:4000].hex()}") from fault


def compare(png, drawn=None):
    """Compare all decoders; return how ours and Pillow took the PNG, and why ours refused it."""
    answers = [ours(png, decoder) for decoder in DECODERS]
    reason, theirs = reason_to_refuse(png), pillows(png)
    assert same(answers[0], answers[1]), "the compiled decoder and Pillow's differ"
    assert same(answers[1], answers[2]) or reason == RESERVED_CODE, "libdeflate and zlib differ"
    assert isinstance(answers[2], str) == bool(reason), f"ours said {answers[2]!r}, the policy {reason!r}"
    assert drawn is None or same(answers[0], drawn), "other pixels than were drawn"
    if not reason:
        seen = pillows(bare(png)) if theirs is None else theirs
        assert same(answers[0], seen), "other pixels than Pillow's, or it refuses more than an ancillary chunk"
    return "refused" if isinstance(answers[0], str) else "taken", "refused" if theirs is None else "taken", reason


def ours(png, decoder):
    """The pixels, or the text of the refusal."""
    try:
        header = read_header(png[:HEADER_LENGTH], "x.png")
        check_kind(header, LABELS, "x.png")
        if header.pixels > MOST:
            return "too large"
        with only(decoder):
            return decode(png, "x.png")
    except Rejected as rejection:
        return f"{rejection.problems[0].code}: {rejection.problems[0].found}"


def pillows(png):
    """What Pillow sees of the file as it is, or None."""
    try:
        if len(png) > 24 and np.prod(struct.unpack(">II", png[16:24]), dtype=float) > MOST:
            return None
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(png), formats=["PNG"]) as image:
            return np.asarray(image)
    except REFUSALS:
        return None


def bare(png):
    """The PNG without its ancillary chunks, which are all that Pillow may find wrong where ours finds nothing."""
    return whole([one for one in upto_end(parts(png)) if one[0] in CRITICAL])


def same(one, other):
    """Whether both are the same pixels, or the same refusal."""
    return type(one) is type(other) and bool(np.array_equal(one, other))


def reason_to_refuse(png):
    """The first rule of docs/security.md that the PNG breaks, or ""; it shares no code with the evaluator."""
    if png[:8] != b"\x89PNG\r\n\x1a\n" or png[8:16] != b"\0\0\0\rIHDR" or len(png) < 33:
        return "no header"
    if zlib.crc32(png[12:29]).to_bytes(4, "big") != png[29:33]:
        return "checksum"
    width, height, depth, colour, method, filters, interlace = struct.unpack(">IIBBBBB", png[16:29])
    if not width or not height or colour not in {0, 2, 3, 4, 6} or method or filters or interlace > 1:
        return "impossible header"
    if (colour, depth) not in {(0, 8), (3, 1), (3, 2), (3, 4), (3, 8)}:
        return "kind"
    return "size" if width * height > MOST else broken_chunks(png) or broken_pixels(png, width, height)


def broken_chunks(png):
    chunks = upto_end(parts(png))
    position, names = 8, [name for name, _ in chunks]
    for name, body in chunks:
        if not name.isalpha() or (name[0] < 97 and name not in CRITICAL):
            return "unknown chunk"
        if name[0] < 97 and png[position + 8 + len(body) :][:4] != zlib.crc32(name + body).to_bytes(4, "big"):
            return "checksum"
        position += 12 + len(body)
    if names[-1] != b"IEND" or position > len(png):
        return "no end"
    return broken_order(names, dict(chunks), png[25] == 3)


def upto_end(chunks):
    end = next((at for at, (name, _) in enumerate(chunks) if name == b"IEND"), len(chunks))
    return chunks[: end + 1]


def broken_order(names, bodies, palette):
    runs = [name for name, _ in itertools.groupby(names)]
    if names.count(b"IHDR") != 1 or runs.count(b"IDAT") != 1:
        return "order"
    if palette and (names.count(b"PLTE") != 1 or names.index(b"PLTE") > names.index(b"IDAT")):
        return "palette"
    if palette and len(bodies[b"PLTE"]) not in range(3, 769, 3):
        return "palette"
    return ""


def broken_pixels(png, width, height):
    depth, interlaced = png[24], png[28]
    grid = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    sizes = [(len(range(x, width, dx)), len(range(y, height, dy))) for x, y, dx, dy in grid]
    steps = [1 + (columns * depth + 7) // 8 for columns, lines in sizes for _ in range(lines) if columns]
    steps = steps if interlaced else [1 + (width * depth + 7) // 8] * height
    packed = b"".join(body for name, body in upto_end(parts(png)) if name == b"IDAT")
    if len(packed) > sum(steps) * 5 // 4 + 2**14:
        return "too long"
    inflater = zlib.decompressobj()
    try:
        raw = inflater.decompress(packed, sum(steps) + 1)
    except zlib.error as error:
        return RESERVED_CODE if str(error).endswith(RESERVED) else "stream"
    if not inflater.eof or len(raw) != sum(steps):
        return "length"
    starts = itertools.accumulate(steps, initial=0)
    return "filter" if any(raw[start] > 4 for start in itertools.islice(starts, len(steps))) else ""


def tally(random, more):
    """Look at PNGs while `more()`; how often each (ours, Pillow's, reason) came up."""
    seen = collections.Counter()
    while more(seen.total()):
        seen[look_at(random)] += 1
    return seen


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, help="instead of a count")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    ends = time.monotonic() + 60 * (options.minutes or 0)
    more = (lambda _: time.monotonic() < ends) if options.minutes else (lambda done: done < options.count)
    seen = tally(np.random.default_rng(options.seed), more)
    print(f"{seen.total():,} PNGs, seed {options.seed}, no disagreement", file=sys.stdout)  # noqa: T201
    for (we, pillow, reason), times in sorted(seen.items()):
        print(f"{times:8,}  ours {we}, Pillow's {pillow}: {reason or 'nothing is wrong'}")  # noqa: T201


if __name__ == "__main__":
    main()
