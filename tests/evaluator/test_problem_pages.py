"""Each code of a problem has its page, and what the page says to run fixes the problem."""

import io
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from factories import manifest, png
from faulty_zips import CASES, colours, good, unknown_labels, zipped
from PIL import Image

from evaluator.contract import CODES

DOCS = Path(__file__).resolve().parents[2] / "docs"
SNIPPET = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPLIT = {"a": (4, 3), "b": (5, 2)}
HONEST = {name: png(np.indices((height, width)).sum(axis=0) % 2) for name, (width, height) in SPLIT.items()}


def array(content):
    stream = io.BytesIO()
    np.save(stream, np.asarray(Image.open(io.BytesIO(content))).astype(np.int64))
    return stream.getvalue()


def tiff(content):
    stream = io.BytesIO()
    Image.open(io.BytesIO(content)).save(stream, "TIFF")
    return stream.getvalue()


def larger(content):
    picture = Image.open(io.BytesIO(content))
    return png(picture.resize((picture.width * 2, picture.height * 2), Image.Resampling.NEAREST))


def sorted_palette(content):
    """The map as an optimiser may save it: the palette begins with the brightest grey."""
    picture = Image.fromarray(1 - np.asarray(Image.open(io.BytesIO(content))))
    picture.putpalette([1, 1, 1, 0, 0, 0])
    return png(picture)


# What lies in the folder `results` of a team that made the mistake; where nothing stands here, good maps.
FOLDERS = {
    "empty_archive": {f"{name}.npy": array(content) for name, content in HONEST.items()},
    "missing_file": {f"{name}_pred.png": content for name, content in HONEST.items()},
    "too_large": {f"{name}.png": content + bytes(2**22) for name, content in HONEST.items()},
    "not_an_image": {f"{name}.png": tiff(content) for name, content in HONEST.items()},
    "bad_mode": {f"{name}.png": colours(content) for name, content in HONEST.items()},
    "ambiguous_palette": {f"{name}.png": sorted_palette(content) for name, content in HONEST.items()},
    "size_mismatch": {f"{name}.png": larger(content) for name, content in HONEST.items()},
    "label_out_of_range": {f"{name}.png": unknown_labels(content) for name, content in HONEST.items()},
}


def snippets(page):
    return SNIPPET.findall((DOCS / f"{page}.md").read_text())


def test_every_code_has_its_page_and_every_page_its_code():
    pages = {path.stem: path.read_text() for path in (DOCS / "problems").iterdir()}
    assert pages.keys() == CODES.keys()
    for code, text in pages.items():
        assert text.startswith(f"# `{code}`: ")
        for part in ("**Found**", "**Expected**", "## Usual causes", "## How to fix it"):
            assert part in text, f"{code} lacks {part}"


@pytest.mark.parametrize("code", CODES)
def test_what_the_page_says_mends_the_problem(code, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    images = [(name, *size) for name, size in SPLIT.items()]
    Path("manifest.json").write_text(manifest("segmentation", *images).to_json())
    files = FOLDERS.get(code, dict(good(HONEST)))
    Path("results").mkdir()
    for name, content in files.items():
        (Path("results") / name).write_bytes(content)
    Path("results.zip").write_bytes(zipped(files.items()) if code in FOLDERS else faulty(code))
    check = ("check", "segmentation", "results.zip", "--manifest", "manifest.json", "--json")
    assert code in {problem["code"] for problem in run(*check).outcome["problems"]}
    for snippet in [*snippets(f"problems/{code}"), *snippets("before_you_send")]:
        subprocess.run([sys.executable, "-c", snippet], check=True)
    assert run(*check).outcome["outcome"] == "valid"


def faulty(code):
    return next(case for case in CASES if case.code == code).build(HONEST)
