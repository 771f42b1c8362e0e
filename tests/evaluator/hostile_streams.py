"""Hostile and odd pixel data of PNGs: filters, lengths, and the zlib stream itself."""

import random
import zlib
from functools import partial

from png_parts import bits, case, grey, grey_rows, interlaced, passes, plain, rows, stream, zeros

# Two deflate blocks that bring their tables of codes and no byte: what costs a decoder most.
EMPTY_TABLES = bytes.fromhex("04c0810800000000207feb43001c880000000000f2b73e")
EMPTY_BLOCK = b"\0\0\0\xff\xff"


def compressed(width, height):
    return zlib.compress(rows(width, height))


def left_over():
    attack, why = "data left over", "decoders ignore what follows the stream; some encoders pad the last piece"
    second = zlib.compress(bytes(2000))
    yield case(attack, "padded-stream", "", why, grey(lambda w, h: compressed(w, h) + b"padding"))
    yield case(attack, "second-stream", "", why, grey(lambda w, h: compressed(w, h) + second))
    why = "tools append notes; no reader looks behind IEND"
    yield case(attack, "data-after-the-end", "", why, lambda w, h: plain(w, h) + b"appended " * 100)
    yield case(attack, "picture-after-the-end", "", why, lambda w, h: plain(w, h) + plain(3, 3))


def filters():
    for kind, name in enumerate(["none", "sub", "up", "average", "paeth"]):
        build = grey_rows(partial(filtered, kind=kind))
        yield case("honest", f"filter-{name}", "", "every filter of the standard counts", build)
    wrong = {
        "filter-5": lambda w, h: rows(w, h - 1) + b"\5" + bytes(w),
        "filter-128": lambda w, h: rows(w, h - 1) + b"\x80" + bytes(w),
        "filter-255": lambda w, h: b"\xff" + rows(w, h)[1:],
        "filter-5-ahead-of-paeth": lambda w, h: rows(w, h - 2) + b"\5" + bytes(w) + b"\4" + bytes(w),
        "filter-5-behind-paeth": lambda w, h: rows(w, h - 2) + b"\4" + bytes(w) + b"\5" + bytes(w),
    }
    why = "there are the filters 0 to 4"
    for name, rows_of in wrong.items():
        yield case("filter", name, "not_an_image", why, grey_rows(rows_of))
    build = interlaced(lambda w, h: b"\5" + passes(w, h)[1:])
    yield case("filter", "filter-5-interlaced", "not_an_image", why, build)


def filtered(width, height, kind):
    """A picture that is 1 in its corner, and elsewhere what the filter makes of zeros."""
    raw = bytearray((bytes([kind]) + bytes(width)) * height)
    raw[1] = 1
    return bytes(raw)


def lengths():
    code, why = "not_an_image", "what is missing would be made up, and what is over hides something"
    extra = {
        "a-row-missing": -1,
        "half-a-row-missing": -0.5,
        "a-row-too-many": 1,
        "a-thousand-rows-too-many": 1000,
    }
    for name, more in extra.items():
        yield case("length", name, code, why, grey_rows(partial(resized, more=more)))
    build = interlaced(lambda w, h: passes(w, h)[: -w - 1])
    yield case("length", "an-interlaced-row-missing", code, why, build)
    yield case("length", "interlaced-by-name-only", code, why, interlaced(rows))
    why = "inflating ends behind the last pixel"
    yield case("bomb", "stream-of-16-megabytes", code, why, grey(lambda *_: zeros(2**24)))
    why = "so long a stream is not inflated"
    yield case("bomb", "stream-of-a-gigabyte", code, why, grey(lambda *_: zeros(900 * 2**20)))
    why = "so large a file is not inflated"
    yield case("bomb", "stream-of-eight-gigabytes", "too_large", why, grey(lambda *_: zeros(2**33)), code)


def resized(width, height, more):
    return (rows(width, height) + bytes(1000 * (width + 1)))[: int((height + more) * (width + 1))]


def streams():
    attack, accepted = (
        "zlib stream",
        {
            "stored-blocks": lambda w, h: zlib.compress(rows(w, h), 0),
            "small-window-told": lambda w, h: stream(compressed(w, h)[2:-4], rows(w, h), b"\x08\x1d"),
            "blocks-of-nothing": lambda w, h: stream(EMPTY_BLOCK * 3000 + compressed(w, h)[2:-4], rows(w, h)),
        },
    )
    for name, packed_of in accepted.items():
        yield case(attack, name, "", "every decoder takes it", grey(packed_of))
    refused = {
        "blocks-of-nothing-for-ever": lambda *_: b"\x78\x01" + EMPTY_BLOCK * 200_000,
        "tables-of-nothing-for-ever": lambda *_: b"\x78\x01" + EMPTY_TABLES * 700,
        "checksum-of-the-stream": lambda w, h: compressed(w, h)[:-1] + b"?",
        "stream-without-checksum": lambda w, h: compressed(w, h)[:-4],
        "stream-without-end": lambda w, h: unended(rows(w, h)),
        "preset-dictionary": lambda w, h: with_dictionary(rows(w, h)),
        "window-of-64-kilobytes": lambda w, h: b"\x88\x1c" + compressed(w, h)[2:],
        "unknown-compression": lambda w, h: b"\x77\x01" + compressed(w, h)[2:],
        "check-bits-wrong": lambda w, h: b"\x78\x02" + compressed(w, h)[2:],
        "gzip-stream": lambda w, h: b"\x1f\x8b" + compressed(w, h)[2:],
        "block-of-kind-3": lambda *_: stream(bits((7, 3))),
        "stored-length-without-complement": lambda *_: stream(b"\1\5\0\5\0hello"),
        "distance-before-the-start": lambda *_: stream(bits((3, 3), (0b1000000, 7), (0, 5), (0, 7))),
        "noise": lambda *_: stream(random.Random(1).randbytes(500)),
    }
    for name, packed_of in refused.items():
        yield case(attack, name, "not_an_image", "no decoder reads it to its end", grey(packed_of))


def unended(raw):
    squeeze = zlib.compressobj()
    return squeeze.compress(raw) + squeeze.flush(zlib.Z_SYNC_FLUSH)


def with_dictionary(raw):
    squeeze = zlib.compressobj(zdict=b"\0\1" * 100)
    return squeeze.compress(raw) + squeeze.flush()


CASES = [*left_over(), *filters(), *lengths(), *streams()]
