"""Differential test: the same maps zipped by many programs and people give equal scores to the bit."""

import shutil
import subprocess
import zipfile
import zlib

import pytest
from factories import manifest, pngs, random_split, raw_png, write_folder, write_zip
from unusual_zips import ACCEPTED

from evaluator.engine import check, evaluate
from evaluator.groundtruth import open_ground_truth
from evaluator.scorers import SCORERS, make

pytestmark = pytest.mark.slow


class Unseekable:
    """A file that can only be written on, as a pipe or a socket."""

    def __init__(self, stream):
        self.write, self.flush = stream.write, stream.flush


@pytest.fixture(params=SCORERS)
def split(request, tmp_path):
    """(ground truth open, {name: PNG} of the predictions, scores of the plain zip)."""
    truth, predictions = random_split(request.param, 4)
    write_folder(tmp_path / "truth", pngs(truth))
    plain = write_zip(tmp_path / "plain.zip", pngs(predictions))
    with open_ground_truth(tmp_path / "truth", make(request.param, {})) as ground_truth:
        yield ground_truth, pngs(predictions), evaluate(plain, ground_truth)[0].scores


@pytest.mark.slow
@pytest.mark.parametrize("variant", ACCEPTED)
def test_an_unusual_zip_scores_as_the_plain_zip(variant, split, tmp_path):
    truth, predictions, scores = split
    by_id = {name.removesuffix(".png"): png for name, png in predictions.items()}
    (tmp_path / "variant.zip").write_bytes(ACCEPTED[variant][1](by_id))
    assert evaluate(tmp_path / "variant.zip", truth)[0].scores == scores


def streamed_by_python(path, predictions):
    with path.open("wb") as file, zipfile.ZipFile(Unseekable(file), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, png in predictions.items():
            archive.writestr(name, png)


def streamed_as_zip64_by_python(path, predictions):
    with path.open("wb") as file, zipfile.ZipFile(Unseekable(file), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, png in predictions.items():
            with archive.open(name, "w", force_zip64=True) as entry:
                entry.write(png)


def in_zip64_by_python(path, predictions):
    with zipfile.ZipFile(path, "w") as archive:
        for name, png in predictions.items():
            with archive.open(name, "w", force_zip64=True) as entry:
                entry.write(png)


def added_to_by_python(path, predictions):
    for name, png in predictions.items():
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(name, png)


@pytest.mark.parametrize(
    "write", [streamed_by_python, streamed_as_zip64_by_python, in_zip64_by_python, added_to_by_python]
)
def test_what_python_writes_scores_as_the_plain_zip(write, split, tmp_path):
    truth, predictions, scores = split
    write(tmp_path / "variant.zip", predictions)
    assert evaluate(tmp_path / "variant.zip", truth)[0].scores == scores


TOOLS = {
    "zip": ["zip", "-q", "-r", "{out}", "."],
    "zip -0": ["zip", "-q", "-0", "-r", "{out}", "."],
    "zip -9 with long times": ["zip", "-q", "-9", "-X", "-r", "{out}", "."],
    "zip to a pipe": ["sh", "-c", "zip -q -r - . | cat > {out}"],
    "zip as zip64": ["zip", "-q", "-fz", "-r", "{out}", "."],
    "zip with a comment": ["sh", "-c", "echo ours | zip -q -z -r {out} *"],
    "zip, one file replaced": ["sh", "-c", "zip -q -r {out} . && touch *1.png && zip -q {out} *1.png"],
    "zip, one file deleted": ["sh", "-c", "echo x > x.txt && zip -q -r {out} . && zip -q -d {out} x.txt"],
    "7z": ["7z", "a", "-bd", "-bso0", "{out}", "."],
    "bsdtar": ["bsdtar", "--format", "zip", "-cf", "{out}", "."],
    "jar": ["jar", "cfM", "{out}", "."],
}


@pytest.mark.parametrize("tool", TOOLS)
def test_what_other_programs_write_scores_as_the_plain_zip(tool, split, tmp_path):
    command = TOOLS[tool]
    if not shutil.which(command[0] if command[0] != "sh" else "zip"):
        pytest.skip(f"{command[0]} is not installed")
    truth, predictions, scores = split
    folder = write_folder(tmp_path / "maps", {f"results/{name}": png for name, png in predictions.items()})
    arguments = [part.format(out=tmp_path / "variant.zip") for part in command]
    subprocess.run(arguments, cwd=folder / "results", check=True, timeout=60)
    assert evaluate(tmp_path / "variant.zip", truth)[0].scores == scores


def test_maps_that_pack_a_thousand_to_one_are_welcome(tmp_path):
    """PNGs saved without compression of nothing but background: an honest bomb, within what the images allow."""
    side = 2000
    blank = raw_png(side, side, b"", packed=zlib.compress(bytes(side * (side + 1)), 0))
    names = [f"{number:02}" for number in range(20)]
    path = write_zip(tmp_path / "blank.zip", {f"{name}.png": blank for name in names})
    assert path.stat().st_size * 500 < 20 * len(blank)
    (warning,) = check(path, manifest("segmentation", *((name, side, side) for name in names))).warnings
    assert warning.startswith("Every map is constant")
