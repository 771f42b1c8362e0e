"""Makes small splits, PNGs and zips, good and bad, for the tests."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from evaluator.contract import ImageEntry, Manifest
from evaluator.scorers import make, options_of


def png(pixels, **options):
    """An array, or a Pillow image, as PNG bytes."""
    picture = pixels if isinstance(pixels, Image.Image) else Image.fromarray(np.asarray(pixels, np.uint8))
    stream = io.BytesIO()
    picture.save(stream, "PNG", **options)
    return stream.getvalue()


def palette_png(indices, **options):
    """A palette PNG whose colours are nothing like its indices."""
    picture = Image.fromarray(np.asarray(indices, np.uint8), "P")
    picture.putpalette([(7 * value + 91) % 256 for value in range(768)])
    return png(picture, **options)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def raw_png(width, height, rows, *, depth=8, colour=0, interlace=0, before=b"", packed=None):
    """A PNG written chunk by chunk, so that it can be as wrong as wanted; `rows` include filter bytes."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    body = zlib.compress(rows) if packed is None else packed
    chunks = chunk(b"IHDR", header) + before + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def write_zip(path, files, method=zipfile.ZIP_DEFLATED):
    """Write (name, bytes) pairs, or a dict of them, as a zip; names may repeat."""
    pairs = files.items() if isinstance(files, dict) else files
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, contents in pairs:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            archive.writestr(info, contents)
    return Path(path)


def write_folder(path, files):
    """Write a dict of file names and bytes as a folder."""
    for name, contents in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(contents)
    return path


def manifest(scorer, *images, **options):
    """A manifest of (id, width, height) triples with the scorer's default options, but for `options`."""
    made = make(scorer, options)
    facts = scorer, options_of(made), tuple(ImageEntry(*image) for image in images), 4096, 4096 * 4096
    return Manifest(*facts, made.VERSION, made.FORMAT.name, made.resizes)


def random_split(scorer, number, seed=0, size=(9, 7)):
    """(ground truth, predictions) as two dicts of file names and random arrays of about `size`."""
    generator = np.random.default_rng(seed)
    truth, predictions = {}, {}
    for index in range(number):
        shape = size[0] + index % 3, size[1] + index % 2
        if scorer == "localization":
            truth[f"{index:04}.png"] = generator.choice([0, 255], shape)
            predictions[f"{index:04}.png"] = generator.integers(0, 256, shape)
        else:
            last = {"segmentation": 200, "scene-parsing": 150}[scorer]
            truth[f"{index:04}.png"] = generator.integers(0, last + 1, shape)
            predictions[f"{index:04}.png"] = np.where(
                generator.random(shape) < 0.5,
                truth[f"{index:04}.png"],
                generator.integers(0, last + 1, shape),
            )
    return truth, predictions


def pngs(arrays):
    """Every array of a dict as PNG bytes."""
    return {name: png(array) for name, array in arrays.items()}
