"""Differential test: one map saved as many different PNGs scores the same to the last bit, by every decoder."""

import zlib

import numpy as np
import pytest
from decoders import DECODERS, only
from factories import chunk, png, random_split, write_folder, write_zip
from PIL import Image
from png_parts import COLOURS, END, SIGNATURE, header
from random_pngs import filtered, passes_of

from evaluator.engine import evaluate
from evaluator.groundtruth import open_ground_truth
from evaluator.scorers import SCORERS, make

TURNED = chunk(b"eXIf", b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0")
GAMMA = chunk(b"gAMA", (220000).to_bytes(4, "big")) + chunk(b"sRGB", b"\0")


def of_any_filter(seed):
    return lambda pixels: filtered(np.random.default_rng(seed), pixels, 8)


def put_together(pixels, *before, interlace=0, colour=0, level=6, size=2**20):
    """The map by an encoder of our own, its stream in pieces of `size` bytes."""
    raw = b"".join(map(of_any_filter(3), passes_of(pixels))) if interlace else of_any_filter(4)(pixels)
    packed = zlib.compress(raw, level)
    pieces = [chunk(b"IDAT", packed[at : at + size]) for at in range(0, len(packed), size)]
    first = header(pixels.shape[1], pixels.shape[0], 8, colour, interlace)
    return SIGNATURE + first + b"".join([*before, *pieces]) + END


def by_pillow_with_a_palette(pixels):
    picture = Image.fromarray(pixels, "P")
    picture.putpalette(COLOURS)
    return png(picture)


VARIANTS = {
    "recompressed": lambda pixels: put_together(pixels, level=9),
    "stored": lambda pixels: put_together(pixels, level=0),
    "interlaced": lambda pixels: put_together(pixels, interlace=1),
    "gamma": lambda pixels: put_together(pixels, GAMMA),
    "turned by Exif": lambda pixels: put_together(pixels, TURNED),
    "transparent": lambda pixels: put_together(pixels, chunk(b"tRNS", b"\0\1")),
    "in many pieces": lambda pixels: put_together(pixels, size=7),
    "with bytes behind its end": lambda pixels: put_together(pixels) + b"padding",
}
PALETTE_VARIANTS = {
    "palette": by_pillow_with_a_palette,
    "interlaced palette": lambda pixels: put_together(pixels, chunk(b"PLTE", COLOURS), interlace=1, colour=3),
    "short palette": lambda pixels: put_together(pixels, chunk(b"PLTE", COLOURS[:6]), colour=3),
}


@pytest.fixture(params=SCORERS)
def split(request, tmp_path):
    """(scorer's name, ground truth open, {file name: array} of predictions)."""
    truth, predictions = random_split(request.param, 12, size=(40, 33))
    write_folder(tmp_path / "truth", {name: png(array) for name, array in truth.items()})
    with open_ground_truth(tmp_path / "truth", make(request.param, {})) as ground_truth:
        yield request.param, ground_truth, {name: np.uint8(array) for name, array in predictions.items()}


def test_every_png_of_a_map_scores_the_same_to_the_bit_by_every_decoder(split, tmp_path):
    scorer, truth, predictions = split
    variants = {"plain": png} | VARIANTS | (PALETTE_VARIANTS if scorer != "localization" else {})
    scores = {}
    for variant, save in variants.items():
        submission = write_zip(
            tmp_path / f"{variant}.zip", {name: save(array) for name, array in predictions.items()}
        )
        for decoder in DECODERS:
            with only(decoder):
                scores[f"{variant}, {decoder}"] = evaluate(submission, truth)[0].to_json()
    assert len(scores) == len(variants) * len(DECODERS)
    assert set(scores.values()) == {scores["plain, compiled"]}
