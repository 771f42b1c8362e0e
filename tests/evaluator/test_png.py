"""Decoding PNGs: exactly the pixels, whatever else the file carries."""

from contextlib import suppress

import numpy as np
import pytest
from decoders import only
from factories import chunk, palette_png, png, raw_png
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from png_parts import bits, stream

from evaluator.contract import Rejected
from evaluator.png.decode import decode, encode
from evaluator.png.header import read_header

pictures = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=20))


@settings(max_examples=200, deadline=None)
@given(pictures)
def test_grey_levels_and_palette_indices_come_back_exactly(pixels):
    for encoded in (png(pixels), palette_png(pixels), encode(pixels)):
        assert np.array_equal(decode(encoded, "a.png"), pixels)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_small_palettes_are_unpacked_to_indices(bits):
    indices = np.arange(21, dtype=np.uint8).reshape(3, 7) % 2**bits
    encoded = palette_png(indices, bits=bits)
    assert read_header(encoded, "a.png").depth == bits
    assert np.array_equal(decode(encoded, "a.png"), indices)


def test_transparency_gamma_text_and_animation_do_not_change_a_pixel():
    extras = {b"gAMA": bytes(4), b"tRNS": b"\0\1", b"tEXt": b"a\0b", b"acTL": bytes(8), b"eXIf": b"II*\0"}
    extras |= {b"iCCP": b"broken", b"zTXt": b"x"}
    before = b"".join(chunk(kind, body) for kind, body in extras.items())
    rows = b"".join(b"\0" + bytes([row, 1, 2]) for row in range(4))
    assert decode(raw_png(3, 4, rows, before=before), "a.png")[:, 0].tolist() == [0, 1, 2, 3]


def test_a_palette_png_needs_its_palette():
    whole = raw_png(3, 2, bytes(8), colour=3, before=chunk(b"PLTE", bytes(3)))
    assert decode(whole, "a.png").shape == (2, 3)
    with pytest.raises(Rejected, match="palette"):
        decode(raw_png(3, 2, bytes(8), colour=3), "a.png")


def test_an_interlaced_png_is_decoded():
    """Adam7 by hand for 3 × 3: each row of a pass with its filter byte; passes 2 and 3 are empty."""
    first, fourth = [0, 10], [0, 30]  # the corner; the third pixel of the first row
    fifth, sixth = [0, 70, 90], [0, 20, 0, 80]  # the last row's even columns; odd columns of even rows
    seventh = [0, 40, 50, 60]  # the odd row
    encoded = raw_png(3, 3, bytes(first + fourth + fifth + sixth + seventh), interlace=1)
    assert decode(encoded, "a.png").tolist() == [[10, 20, 30], [40, 50, 60], [70, 80, 90]]


def test_the_one_known_difference_of_two_ways_is_a_code_that_no_encoder_writes():
    """A literal 1, then length code 286, which the standard reserves: libdeflate reads 258 bytes, zlib none."""
    fixed = [(1, 1), (1, 2), (0b10001100, 8), (0b01100011, 8), (0, 5), (0, 7)]  # codes run backwards
    rows = b"\1" + b"\1" * 258
    packed = stream(bits(*fixed), rows)
    encoded = raw_png(258, 1, b"", packed=packed)
    with only("Pillow"):
        assert decode(encoded, "a.png").tolist() == [[x % 256 for x in range(1, 259)]]
    with only("Pillow and zlib"), pytest.raises(Rejected, match="damaged"):
        decode(encoded, "a.png")


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(pictures, st.data())
def test_a_png_with_a_changed_byte_decodes_or_is_rejected(pixels, data):
    changed = bytearray(png(pixels))
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    with suppress(Rejected):
        assert decode(bytes(changed), "a.png").dtype == np.uint8
