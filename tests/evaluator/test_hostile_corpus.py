"""Odd and broken PNGs and zips from other projects' test sets: within the limits, every verdict that must be."""

import json
import os
from pathlib import Path

import pytest
from factories import manifest, write_zip
from limits import verdict_on

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("LID_CORPORA", ROOT / "../shared/corpora")) / "hostile-real"
SCORERS = {"label": "segmentation", "score": "localization"}
CODES = {"png_mode": {"bad_mode"}, "png_corrupt": {"not_an_image", "bad_mode"}}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no hostile corpus at {CORPUS} (set LID_CORPORA)"),
]


def entries(kind):
    file = CORPUS / "MANIFEST.json"
    found = json.loads(file.read_text()) if file.exists() else []
    return [pytest.param(entry, id=entry["path"]) for entry in found if entry["type"] == kind]


@pytest.mark.parametrize("use", SCORERS)
@pytest.mark.parametrize("entry", entries("png"))
def test_a_png_gets_the_verdict_it_must(entry, use, tmp_path):
    split = manifest(SCORERS[use], ("image", entry["width"] or 1, entry["height"] or 1), **ALL_LABELS[use])
    submission = write_zip(tmp_path / "x.zip", {"image.png": (CORPUS / entry["path"]).read_bytes()})
    codes, verdict = set(verdict_on(submission, split).codes), entry["verdict"][use]
    assert len(codes) <= 1
    if verdict["strength"] != "either":  # what only should be holds as well
        assert codes <= CODES.get(verdict["reason"], set())
        assert bool(codes) == (verdict["expected"] == "reject")


ALL_LABELS = {"label": {"num_classes": 255}, "score": {"resize": "reject"}}


@pytest.mark.parametrize("entry", entries("zip"))
def test_a_zip_without_the_split_s_images_is_rejected(entry):
    assert verdict_on(CORPUS / entry["path"], manifest("segmentation", ("LID_image", 5, 4))).codes
