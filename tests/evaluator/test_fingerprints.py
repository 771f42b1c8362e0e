"""Fingerprints are of decoded pixels: equal for equal maps however they are saved, none for a single value."""

import numpy as np
from factories import png, pngs, random_split, write_folder, write_zip

from evaluator.contract import read_fingerprints
from evaluator.fingerprints import checksum, fingerprints
from evaluator.per_image_counts import read_per_image_counts


def test_scoring_keeps_a_fingerprint_of_each_map_of_more_than_one_value(run, tmp_path):
    truth, maps = random_split("segmentation", 70)
    maps["0003.png"] = np.full_like(maps["0003.png"], 7)
    changed = {name: array.copy() for name, array in maps.items()}
    changed["0005.png"][-1, -1] ^= 1
    write_folder(tmp_path / "truth", pngs(truth))
    packed = {"plain": pngs(maps), "stored": {name: png(array, compress_level=0) for name, array in maps.items()}}
    found = {}
    for number, (name, files) in enumerate((packed | {"changed": pngs(changed)}).items(), 1):
        write_zip(tmp_path / f"{name}.zip", files)
        words = ("--ground-truth", tmp_path / "truth", "--stats", tmp_path / f"{name}.npz", "--jobs", number)
        assert run("score", "segmentation", tmp_path / f"{name}.zip", *words).code == 0
        found[name] = read_fingerprints(tmp_path / f"{name}.npz")
        assert read_per_image_counts(tmp_path / f"{name}.npz").counts.shape[0] == 70
    assert len(found["plain"]) == 69
    assert found["stored"] == found["plain"]
    assert len(found["changed"] & found["plain"]) == 68


def test_only_a_map_of_one_value_has_no_checksum():
    blank = np.zeros((30, 40), np.uint8)
    assert checksum(blank) == checksum(blank + 9) == 0
    for at in np.ndindex(5, 5):
        dotted = blank.copy()
        dotted[at] = 1
        assert checksum(dotted)


def test_the_upper_bits_tell_the_image_and_the_same_map_of_another_image_is_another():
    ids = [f"image{number}" for number in range(50)]
    one, other = (fingerprints(ids, np.full(50, value, np.uint32)) for value in (5, 6))
    assert (one >> np.uint64(48) == other >> np.uint64(48)).all()
    assert len({*one.tolist(), *other.tolist()}) == 100
