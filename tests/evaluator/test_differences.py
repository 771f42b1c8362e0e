"""What the evaluator says of two packs: images added, missing, resized and changed, counted pixel by pixel."""

import json

import numpy as np
import pytest
from PIL import Image

from evaluator.differences import CHANGED, SIDE, find_differences
from evaluator.groundtruth import open_ground_truth
from evaluator.scorers import make
from tests.evaluator.factories import png, write_folder


@pytest.fixture
def differences(tmp_path):
    """The differences of two folders of maps; pictures in `tmp_path / "pictures"`."""

    def of(old: dict, new: dict, options: dict | None = None) -> dict:
        folders = [
            write_folder(tmp_path / name, {f"{key}.png": png(pixels) for key, pixels in maps.items()})
            for name, maps in (("old", old), ("new", new))
        ]
        (tmp_path / "pictures").mkdir()
        scorers = make("segmentation", {}), make("segmentation", options or {})
        with (
            open_ground_truth(folders[0], scorers[0]) as one,
            open_ground_truth(folders[1], scorers[1]) as other,
        ):
            return json.loads(find_differences(one, other, tmp_path / "pictures"))

    return of


def test_every_kind_of_difference_is_counted(differences):
    same, small = np.full((4, 5), 3), np.full((2, 2), 3)
    changed = same.copy()
    changed[0, :2], changed[3, 4] = 7, 9
    found = differences(
        {"a": same, "b": same, "gone": same, "sized": small}, {"a": same, "b": changed, "new": same, "sized": same}
    )
    assert (found["added"], found["missing"], found["resized"]) == (["new"], ["gone"], ["sized"])
    assert found["changed"] == [
        {"id": "b", "width": 5, "height": 4, "pixels": 3, "labels": [[3, 7, 2], [3, 9, 1]]}
    ]
    assert (found["changed_count"], found["changed_pixels"], found["images"]) == (1, 3, [4, 4])


def test_equal_packs_differ_in_nothing(differences, tmp_path):
    same = {"a": np.full((4, 5), 3)}
    found = differences(same, same)
    assert (found["changed_count"], found["added_count"], found["missing_count"]) == (0, 0, 0)
    assert list((tmp_path / "pictures").iterdir()) == []


def test_one_changed_pixel_is_seen_however_small_the_picture(differences, tmp_path):
    old = np.full((900, 1300), 3)
    new = old.copy()
    new[899, 1299] = 5
    differences({"a": old}, {"a": new})
    with Image.open(tmp_path / "pictures" / "0-difference.png") as picture:
        assert max(picture.size) <= SIDE
        marked = (np.asarray(picture) == CHANGED).all(axis=-1)
    assert marked.sum() == 1
    assert {path.name for path in (tmp_path / "pictures").iterdir()} == {
        f"0-{kind}.png" for kind in ("old", "new", "difference")
    }
