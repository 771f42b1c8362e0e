"""A check before sending says what the server says of every faulty archive, as far as names and headers tell."""

import json
import subprocess
import sys

import numpy as np
import pytest
from all_archives import archives
from factories import manifest, png
from running_lid import CLIENT, OLDEST, python_of

from evaluator.contract import Rejected
from evaluator.engine import check

SIZES = {f"image{number}": (5 + number % 2, 4) for number in range(8)}
# Codes of archives whose names and headers are right.
OF_PIXELS = {"bad_zip", "not_an_image", "ambiguous_palette", "label_out_of_range"}
CHECK_ALL = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import lid_client
from evaluator.contract import Manifest, Rejected
from lid_client.checking import check
folder = Path(sys.argv[2])
manifest = Manifest.from_json((folder / "manifest.json").read_bytes())
for archive in sorted(folder.glob("*.zip")):
    try:
        print(check(archive, manifest, ()).to_json())
    except Rejected as rejection:
        print(rejection.to_json())
"""


@pytest.mark.slow
def test_the_same_problems_in_the_same_words(tmp_path):
    honest = {name: png(np.zeros(size)) for name, size in SIZES.items()}
    split = manifest("segmentation", *((name, width, height) for name, (height, width) in SIZES.items()))
    (tmp_path / "manifest.json").write_text(split.to_json())
    files = [tmp_path / f"{number:04}.zip" for number, case in enumerate(archives())]
    for file, case in zip(files, archives(), strict=True):
        file.write_bytes(case.build(honest))
    command = [python_of(OLDEST) or sys.executable, "-I", "-S", "-c", CHECK_ALL, CLIENT, tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    ours = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(ours) == len(files)
    for file, said in zip(files, ours, strict=True):
        theirs = in_full(file, split)
        if said["outcome"] == "rejected":
            assert said == theirs
        elif theirs["outcome"] == "rejected":
            assert {problem["code"] for problem in theirs["problems"]} <= OF_PIXELS
    assert sum(said["outcome"] == "rejected" for said in ours) > len(ours) / 3


def in_full(file, split) -> dict:
    """What the server says of an archive."""
    try:
        return json.loads(check(file, split).to_json())
    except Rejected as rejection:
        return json.loads(rejection.to_json())
