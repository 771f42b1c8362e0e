"""Mistakes that are certain get a warning with the score, and honest maps, however poor, get none."""

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from factories import manifest, png, write_folder, write_zip
from PIL import Image

from evaluator.engine import check, evaluate
from evaluator.groundtruth import open_ground_truth
from evaluator.scorers import SCORERS, make

ROOT = Path(__file__).resolve().parents[2]
CASES = Path(os.environ.get("LID_CASES", ROOT / "../shared/cases"))
HIGHEST = {"segmentation": 200, "scene-parsing": 150}
LABEL_MAPS = pytest.mark.parametrize("scorer", HIGHEST)


def target_of(number, scorer):
    """Six stripes of classes, some of them of every image, and one of background."""
    random = np.random.default_rng(number)
    labels = random.choice(np.arange(2, HIGHEST[scorer]), 6, replace=False)
    labels[0], labels[1] = 0, 5
    return np.repeat(labels, 4)[:, np.newaxis].repeat(20, axis=1).astype(np.uint8)


def warnings_of(scorer, maps, tmp_path, targets=None):
    """The warnings of an archive of five maps, each made by `maps` of its target."""
    truth = targets or {f"{number}.png": target_of(number, scorer) for number in range(5)}
    folder = write_folder(tmp_path / "truth", {name: png(target) for name, target in truth.items()})
    submission = write_zip(tmp_path / "x.zip", {name: png(maps(target)) for name, target in truth.items()})
    with open_ground_truth(folder, make(scorer, {})) as ground_truth:
        return evaluate(submission, ground_truth)[0].warnings


def seen_by_a_network(share):
    """Maps that have the right label on this share of the pixels, and any other on the rest."""
    random = np.random.default_rng(1)
    return lambda target: np.where(
        random.random(target.shape) < share, target, random.integers(1, 150, target.shape)
    ).astype(np.uint8)


@LABEL_MAPS
@pytest.mark.parametrize("share", [1, 0.6, 0.3])
def test_labels_that_are_one_too_low_or_too_high_are_noticed(scorer, share, tmp_path):
    network = seen_by_a_network(share)
    (low,) = warnings_of(scorer, lambda target: np.maximum(network(target), 1) - 1, tmp_path)
    (high,) = warnings_of(scorer, lambda target: np.minimum(network(target) + 1, HIGHEST[scorer]), tmp_path)
    assert low.startswith("All labels seem to be one too low: add 1 to each")
    assert high.startswith("All labels seem to be one too high: subtract 1 from each")


POOR = {
    "a good network": seen_by_a_network(0.7),
    "a poor network": seen_by_a_network(0.05),
    "noise": seen_by_a_network(0),
    "labels two too low": lambda target: np.maximum(target, 2) - 2,
    "half of the maps one too low": lambda target: np.where(target % 2, target, np.maximum(target, 1) - 1),
    "background and one class": lambda target: np.where(target, 4, 0),
}


@LABEL_MAPS
@pytest.mark.parametrize("way", POOR)
def test_a_poor_archive_is_no_mistake(scorer, way, tmp_path):
    assert warnings_of(scorer, POOR[way], tmp_path) == ()


@LABEL_MAPS
def test_a_constant_archive_beside_a_common_class_is_constant_only(scorer, tmp_path):
    targets = {f"{number}.png": np.full((4, 4), 3) for number in range(3)}
    warnings = warnings_of(scorer, lambda target: np.full(target.shape, 2), tmp_path, targets)
    assert warnings == ("Every map is constant: all pixels of all images are 2.",)


@pytest.mark.parametrize("scorer", SCORERS)
def test_maps_that_are_constant_over_the_split_are_noticed_also_without_ground_truth(scorer, tmp_path):
    split = manifest(scorer, *((f"{number:03}", 3, 2) for number in range(70)))
    maps = {f"{image.id}.png": png(np.full((2, 3), 7)) for image in split.images}
    told = check(write_zip(tmp_path / "constant.zip", maps), split, jobs=2).warnings
    assert told == ("Every map is constant: all pixels of all images are 7.",)
    maps["069.png"] = png([[7, 7, 7], [7, 8, 7]])
    assert check(write_zip(tmp_path / "varied.zip", maps), split, jobs=2).warnings == ()


@pytest.mark.parametrize(("darkest", "expected"), [(40, 0), (255, 1)])
def test_heat_maps_that_are_dark_on_the_object_are_noticed(darkest, expected, tmp_path):
    random = np.random.default_rng(5)
    mask = np.zeros((20, 20), np.uint8)
    mask[5:12, 5:12] = 255
    noise = lambda target: random.integers(0, 90, target.shape)  # noqa: E731
    heat = lambda target: np.uint8(np.clip(darkest - (255 - target) + noise(target), 0, 255))  # noqa: E731
    shown = heat if not expected else lambda target: 255 - heat(target)
    warnings = warnings_of("localization", shown, tmp_path, {f"{number}.png": mask for number in range(3)})
    assert len(warnings) == expected
    assert all(warning.startswith("The maps seem to be inverted") for warning in warnings)


@pytest.mark.skipif(not CASES.is_dir(), reason=f"no scorer cases at {CASES} (set LID_CASES)")
@pytest.mark.parametrize("network", ["real_model_new", "real_model_old"])
@pytest.mark.parametrize("shift", [0, 1])
def test_real_ade_maps_numbered_from_0_are_noticed_and_others_not(network, shift, tmp_path):
    folder = CASES / "track2"
    truth = write_folder(
        tmp_path / "truth",
        {f"{name}.png": (folder / f"gt_ade/{name}.png").read_bytes() for name in ids(folder / "lists/ade.txt")},
    )
    with zipfile.ZipFile(folder / f"submissions/{network}.zip") as archive:
        maps = {name: np.asarray(Image.open(io.BytesIO(archive.read(name)))) for name in archive.namelist()}
    shifted = {name: png(np.maximum(pixels, 1) - shift if shift else pixels) for name, pixels in maps.items()}
    with open_ground_truth(truth, make("scene-parsing", {})) as ground_truth:
        result, _ = evaluate(write_zip(tmp_path / "x.zip", shifted), ground_truth)
    assert len(result.warnings) == shift


def ids(file):
    return file.read_text().split()
