"""A short run of the fuzzing of tests/evaluator/fuzz_png.py, and the same comparison on real files."""

import io
import os
import zipfile
from pathlib import Path

import fuzz_png
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
CASES = Path(os.environ.get("LID_CASES", ROOT / "../shared/cases"))
CORPUS = Path(os.environ.get("LID_CORPORA", ROOT / "../shared/corpora")) / "hostile-real"


def test_random_and_damaged_pngs_come_to_the_same_on_every_way_and_beside_pillow():
    seen = fuzz_png.tally(np.random.default_rng(2020), lambda done: done < 500)
    outcomes = {(we, pillow) for we, pillow, _ in seen}
    assert outcomes >= {("taken", "taken"), ("refused", "refused"), ("refused", "taken")}


def real_pngs():
    """(where it is from, bytes) of every PNG of the cases' folders and zips and of the corpus."""
    for path in [*CASES.rglob("*.png"), *CORPUS.rglob("*.png")]:
        yield path, path.read_bytes()
    for path in CASES.rglob("*.zip"):
        if zipfile.is_zipfile(path):
            yield from packed_pngs(path)


def packed_pngs(path):
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        for entry in archive.infolist():
            if entry.filename.endswith(".png") and not entry.flag_bits & 1:
                yield f"{path}: {entry.filename}", archive.read(entry)


@pytest.mark.skipif(not CASES.is_dir() and not CORPUS.is_dir(), reason=f"neither {CASES} nor {CORPUS} is there")
def test_real_pngs_come_to_the_same_on_every_way_and_beside_pillow():
    number = 0
    for where, png in real_pngs():
        try:
            fuzz_png.compare(png)
        except AssertionError as fault:
            raise AssertionError(f"{where}: {fault}") from fault
        number += 1
    assert number
