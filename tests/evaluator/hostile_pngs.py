"""Hostile and odd PNGs, made anew each time and always the same, each with the verdict of both kinds of map."""

import struct
import zlib
from functools import partial

import hostile_streams
from factories import chunk
from png_parts import (
    COLOURS,
    END,
    GREY,
    GREY_ALPHA,
    PALETTE,
    RGB,
    RGBA,
    SIGNATURE,
    around,
    between,
    case,
    grey,
    grey_rows,
    header,
    interlaced,
    palette,
    passes,
    pixels,
    plain,
    rows,
    saved,
    spoiled,
    zeros,
)

REFUSED = "not_an_image"


def honest():
    yield case("honest", "plain-grey", "", "8-bit grey is the format itself", plain)
    for depth in (1, 2, 4, 8):
        build = partial(palette, colours=COLOURS[: 3 * 2**depth], depth=depth)
        yield case("honest", f"palette-{depth}-bit", "", "the index is the label", build, "bad_mode")
    yield case("honest", "interlaced", "", "interlacing is but an order of pixels", interlaced(passes))


def ancillary():
    turned = b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"
    chunks = {
        "transparency": (b"tRNS", b"\0\1"),
        "transparency-of-wrong-size": (b"tRNS", bytes(999)),
        "gamma": (b"gAMA", (45455).to_bytes(4, "big")),
        "gamma-of-zero": (b"gAMA", bytes(4)),
        "srgb": (b"sRGB", b"\0"),
        "broken-profile": (b"iCCP", b"name\0\0no zlib stream"),
        "exif-that-turns-the-picture": (b"eXIf", turned),
        "text-bomb": (b"zTXt", b"Comment\0\0" + zeros(2**29)),
        "international-text-bomb": (b"iTXt", b"Comment\0\1\0\0\0" + zeros(2**29)),
        "profile-bomb": (b"iCCP", b"icc\0\0" + zeros(2**29)),
        "palette-in-grey": (b"PLTE", COLOURS),
        "private-chunk": (b"prVW", bytes(1000)),
        "size-on-paper-beyond-reason": (b"pHYs", struct.pack(">IIB", 0, 2**32 - 1, 7)),
        "animation-of-a-billion-frames": (b"acTL", struct.pack(">II", 10**9, 0)),
    }
    attack, why = "ancillary chunk", "nothing reads it, so it neither counts nor costs"
    for name, (kind, body) in chunks.items():
        yield case(attack, name, "", why, between(chunk(kind, body)))
    why, noted = "nothing reads it, so its damage is no matter", between(chunk(b"tEXt", b"a\0b"))
    yield case(attack, "checksum-of-a-text", "", why, lambda w, h: spoiled(noted(w, h), b"tEXt"))
    yield case("animation", "animated", "", "the still picture counts; no frame is looked at", animated)


def animated(width, height):
    control = struct.pack(">IIIIIHHBB", 0, width, height, 0, 0, 1, 1, 0, 0)
    frame = chunk(b"fcTL", control) + chunk(b"fdAT", b"\0\0\0\1" + zlib.compress(rows(width, height)))
    still = pixels(rows(width, height))
    return around(header(width, height), chunk(b"acTL", struct.pack(">II", 2, 0)), still, frame)


def many_chunks():
    attack, none, note = "many chunks", chunk(b"IDAT", b""), chunk(b"teXt", b"")
    yield case(attack, "pieces-of-a-byte", "", "pixels may come in pieces of any size", pieces_of_a_byte)
    yield case(attack, "empty-pieces", "", "the standard allows pieces of no length", between(none * 20))
    why = "so many no encoder writes for so small a map"
    yield case(attack, "thousands-of-empty-pieces", REFUSED, why, between(none * 5000))
    why = "walking them would cost more than the picture"
    yield case(attack, "80-thousand-chunks", REFUSED, why, between(note * 80_000))
    why = "no map of this size has a file so large"
    yield case(attack, "100-thousand-chunks", "too_large", why, between(note * 100_000), REFUSED)


def pieces_of_a_byte(width, height):
    packed = zlib.compress(rows(width, height))
    return around(header(width, height), *(chunk(b"IDAT", packed[i : i + 1]) for i in range(len(packed))))


def sizes():
    attack, code, heat, why = "bomb", "size_mismatch", "too_large", "the header alone decides"
    largest, beyond, zero = header(65535, 65535), header(2**32 - 1, 2**32 - 1), header(30000, 30000)
    yield case(attack, "largest-header", code, why, lambda *_: around(largest, pixels(b"")), heat)
    yield case(attack, "header-beyond-the-standard", code, why, lambda *_: around(beyond, pixels(b"")), heat)
    why = "30,000 × 30,000 real zeros in less than a megabyte are not inflated"
    square = chunk(b"IDAT", zeros(859 * 2**20))
    yield case(attack, "square-of-zeros", code, why, lambda *_: around(zero, square), heat)
    attack, why = "size", "no label map is brought to size; a heat map is"
    yield case(attack, "one-column-more", code, why, lambda w, h: plain(w + 1, h), "-")
    yield case(attack, "one-row-less", code, why, lambda w, h: plain(w, h - 1), "-")
    why = "such a map was turned, which no resizing puts right"
    yield case(attack, "sides-swapped", code, why, lambda w, h: plain(h, w))
    yield case(attack, "no-width", REFUSED, "a picture has pixels", lambda w, h: plain(0, h))
    yield case(attack, "no-height", REFUSED, "a picture has pixels", lambda w, h: plain(w, 0))


def kinds():
    wrong = {
        "rgb": (8, RGB),
        "rgba": (8, RGBA),
        "grey-with-alpha": (8, GREY_ALPHA),
        "grey-16-bit": (16, GREY),
        "rgb-16-bit": (16, RGB),
        "grey-1-bit": (1, GREY),
        "grey-2-bit": (2, GREY),
        "grey-4-bit": (4, GREY),
        "grey-3-bit": (3, GREY),
        "palette-16-bit": (16, PALETTE),
    }
    for name, (depth, colour) in wrong.items():
        why = "which number is the label or the level would be a guess"
        yield case("kind", name, "bad_mode", why, partial(plain, depth=depth, colour=colour))
    for field, value in {"colour": 5, "method": 1, "filters": 1, "interlace": 2}.items():
        why = "the standard has no such kind"
        yield case("header", f"unknown-{field}", REFUSED, why, partial(plain, **{field: value}))


def values():
    attack, code, why = "values", "label_out_of_range", "there is no label for 'unsure'; one pixel is enough"
    all_255 = grey_rows(lambda w, h: (b"\0" + b"\xff" * w) * h)
    yield case(attack, "every-pixel-255", code, why, all_255, "-")
    one_201 = grey_rows(lambda w, h: rows(w, h)[:-1] + b"\xc9")
    yield case(attack, "one-pixel-beyond-the-last-label", code, why, one_201, "-")


def other_formats():
    files = {
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        "html": b"<!doctype html><script>alert(1)</script>",
        "mng": b"\x8aMNG\r\n\x1a\n" + chunk(b"MHDR", bytes(28)) + chunk(b"MEND", b""),
        "jng": b"\x8bJNG\r\n\x1a\n" + chunk(b"JHDR", bytes(16)) + END,
        "zip": b"PK\5\6" + bytes(18),
        "nothing": b"",
        "signature": SIGNATURE,
    }
    builds = {name: lambda *_, file=file: file for name, file in files.items()}
    builds |= {kind.lower(): partial(saved, kind) for kind in ("BMP", "TIFF", "PPM", "EPS", "GIF", "WEBP", "JPEG")}
    builds["png-sent-as-text"] = lambda w, h: plain(w, h).replace(b"\r\n", b"\n")
    builds["png-behind-a-space"] = lambda w, h: b" " + plain(w, h)
    for name, build in builds.items():
        yield case("other format", f"{name}-named-png", REFUSED, "only PNG has a decoder here", build)


def cut_off():
    ends = {
        "behind-header": (1, 0),
        "in-text": (2, -2),
        "behind-text": (2, 0),
        "in-pixels": (3, -20),
        "behind-pixels": (3, 0),
        "in-end-mark": (4, -1),
    }
    for name, (whole, more) in ends.items():
        why = "what is cut off here may be cut off anywhere"
        yield case("cut off", f"cut-{name}", REFUSED, why, partial(cut, whole=whole, more=more))
    longest = between(b"\xff\xff\xff\xfftEXt")
    yield case("cut off", "chunk-longer-than-the-file", REFUSED, "4 GB are told, nothing is there", longest)


def cut(width, height, whole, more):
    pieces = [header(width, height), chunk(b"tEXt", b"a\0b"), pixels(rows(width, height)), END]
    return SIGNATURE + b"".join(pieces)[: sum(map(len, pieces[:whole])) + more]


def checksums():
    why = "pixels depend on it"
    for kind in (b"IHDR", b"IDAT", b"IEND"):
        build = partial(lambda w, h, kind: spoiled(plain(w, h), kind), kind=kind)
        yield case("checksum", f"checksum-of-{kind.decode()}", REFUSED, why, build)
    build = partial(lambda w, h: spoiled(palette(w, h), b"PLTE"))
    yield case("checksum", "checksum-of-PLTE", REFUSED, "it is a critical chunk", build, "bad_mode")


def orders():
    apple = chunk(b"CgBI", b"\x50\0\x20\2")
    builds = {
        "two-headers": between(header(1, 1)),
        "header-behind-the-pixels": lambda w, h: around(pixels(rows(w, h)), header(w, h)),
        "apple-optimised": lambda w, h: around(apple, header(w, h), pixels(rows(w, h))),
        "unknown-critical-chunk": between(chunk(b"JDAT", b"")),
        "chunk-without-a-name": between(chunk(b"a\0\xffb", b"")),
        "pixels-in-two-places": in_two_places,
        "no-pixels": lambda w, h: around(header(w, h)),
        "empty-pixels": grey(lambda *_: b""),
    }
    for name, build in builds.items():
        yield case("order", name, REFUSED, "readers would differ over what the picture is", build)


def in_two_places(width, height):
    packed, text = zlib.compress(rows(width, height)), chunk(b"tEXt", b"a\0b")
    return around(header(width, height), chunk(b"IDAT", packed[:20]), text, chunk(b"IDAT", packed[20:]))


def palettes():
    why, heat = "an index is a label whatever its colour", "bad_mode"
    accepted = {
        "index-beyond-the-palette": partial(palette, colours=COLOURS[:3]),
        "palette-longer-than-its-bits": partial(palette, depth=1),
        "palette-transparent": partial(palette, more=chunk(b"tRNS", bytes(900))),
    }
    for name, build in accepted.items():
        yield case("palette", name, "", why, build, heat)
    why, late = "one palette of 1 to 256 colours stands ahead of the pixels", chunk(b"PLTE", COLOURS)
    refused = {
        "palette-empty": partial(palette, colours=b""),
        "palette-of-half-a-colour": partial(palette, colours=COLOURS[:4]),
        "palette-of-257-colours": partial(palette, colours=COLOURS + bytes(3)),
        "two-palettes": partial(palette, more=chunk(b"PLTE", COLOURS)),
        "palette-missing": partial(plain, colour=PALETTE),
        "palette-behind-the-pixels": lambda w, h: around(header(w, h, 8, PALETTE), pixels(rows(w, h)), late),
    }
    for name, build in refused.items():
        yield case("palette", name, REFUSED, why, build, heat)


CASES = [*honest(), *ancillary(), *many_chunks(), *sizes(), *kinds(), *values(), *other_formats(), *cut_off()]
CASES += [*checksums(), *orders(), *palettes(), *hostile_streams.CASES]
