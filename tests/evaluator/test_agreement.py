"""Two archives are compared image by image as scoring reads them; a naive oracle counts pixel by pixel."""

import csv

import numpy as np
import pytest
from factories import manifest, palette_png, png, pngs, random_split, write_zip

from evaluator.contract import Agreement


@pytest.fixture
def compare(run, tmp_path):
    def of(scorer, one, other, *more, size):
        write_zip(tmp_path / "one.zip", one)
        write_zip(tmp_path / "other.zip", other)
        listed = manifest(scorer, *((name[:-4], *size[name]) for name in size))
        (tmp_path / "manifest.json").write_text(listed.to_json())
        archives = tmp_path / "one.zip", tmp_path / "other.zip"
        return run("compare-archives", *archives, "--manifest", tmp_path / "manifest.json", *more)

    return of


def sizes_of(arrays):
    return {name: array.shape[::-1] for name, array in arrays.items()}


@pytest.mark.parametrize("scorer", ["segmentation", "localization"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_every_pixel_is_counted_as_one_would_by_hand(scorer, jobs, compare, tmp_path):
    one, other = random_split(scorer, 70, seed=3)
    other = {name: array if int(name[:4]) % 3 else one[name] for name, array in other.items()}
    table = tmp_path / "images.csv"
    words = ("--jobs", jobs, "--json", "--per-image", table)
    answer = compare(scorer, pngs(one), pngs(other), *words, size=sizes_of(one))
    found = Agreement.from_json(answer.out.splitlines()[-1])
    equal = {name: sum(a == b for a, b in zip(one[name].flat, other[name].flat, strict=True)) for name in one}
    assert found.equal_pixels == sum(equal.values())
    assert found.pixels == sum(array.size for array in one.values())
    assert found.identical == sum(equal[name] == one[name].size for name in one) >= 24
    worst = sorted(one, key=lambda name: equal[name] / one[name].size)[0]
    assert found.worst[0].share == equal[worst] / one[worst].size
    assert len(found.worst) == 20
    by_hand = sum(
        abs(int(a) - int(b)) for name in one for a, b in zip(one[name].flat, other[name].flat, strict=True)
    )
    assert found.absolute_difference == (by_hand if scorer == "localization" else None)
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert [int(row["equal_pixels"]) for row in rows] == [equal[name] for name in sorted(one)]


def test_the_same_maps_are_identical_however_they_are_saved(compare):
    maps = {f"{number}.png": np.full((4, 6), number % 3) for number in range(5)}
    stored = {name: png(array, compress_level=0) for name, array in maps.items()}
    answer = compare("segmentation", pngs(maps), stored, size=sizes_of(maps))
    assert answer.code == 0
    assert "Equal pixels: 100.00 % (120 of 120)\nIdentical images: 5 of 5\n" in answer.out


def test_almost_all_is_not_rounded_up_to_all(compare):
    one = {"a.png": np.zeros((200, 200))}
    other = {"a.png": np.pad(np.ones((1, 1)), ((0, 199), (0, 199)))}
    answer = compare("segmentation", pngs(one), pngs(other), size=sizes_of(one))
    assert "99.99 % (39,999 of 40,000)" in answer.out


def test_a_map_of_another_size_is_compared_as_it_is_scored(compare):
    one, other = {"a.png": np.full((8, 8), 90)}, {"a.png": np.full((4, 4), 93)}
    answer = compare("localization", pngs(one), pngs(other), "--json", size=sizes_of(one))
    found = Agreement.from_json(answer.out.splitlines()[-1])
    assert (found.pixels, found.equal_pixels, found.mean_absolute_difference) == (64, 0, 3)


def test_problems_of_both_archives_are_told_with_their_archive(compare):
    good = {"a.png": png(np.ones((3, 4))), "b.png": png(np.ones((3, 4)))}
    size = {"a.png": (4, 3), "b.png": (4, 3)}
    answer = compare("segmentation", {"a.png": good["a.png"]}, {**good, "b.png": b"x"}, "--json", size=size)
    assert answer.code == 2
    problems = {(problem["file"], problem["code"]) for problem in answer.outcome["problems"]}
    assert problems == {("first archive: b.png", "missing_file"), ("second archive: b.png", "not_an_image")}
    label = {**good, "b.png": png(np.full((3, 4), 250))}
    palette = {**good, "b.png": palette_png(np.full((3, 4), 2))}
    answer = compare("segmentation", label, palette, "--json", size=size)
    codes = [(problem["file"], problem["code"]) for problem in answer.outcome["problems"]]
    assert ("first archive: b.png", "label_out_of_range") in codes
