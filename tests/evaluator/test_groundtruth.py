"""Packing ground truth: bit-exact, the same bytes every time, and clear where the truth is wrong."""

import hashlib

import numpy as np
import pytest
from factories import palette_png, png, pngs, random_split, write_folder, write_zip
from PIL import Image

from evaluator.contract import Manifest
from evaluator.groundtruth import GroundTruthError, manifest_path, open_ground_truth, pack
from evaluator.scorers import SCORERS, make


@pytest.mark.parametrize("name", SCORERS)
def test_a_pack_gives_every_pixel_back(name, tmp_path):
    truth, _ = random_split(name, 5)
    scorer = make(name, {})
    pack(write_folder(tmp_path / "truth", pngs(truth)), scorer, tmp_path / "pack")
    with open_ground_truth(tmp_path / "pack", scorer) as opened:
        assert [f"{image.id}.png" for image in opened.manifest.images] == sorted(truth)
        for index, file in enumerate(sorted(truth)):
            assert np.array_equal(opened.read(index).decode(), truth[file])


def test_the_same_pictures_give_the_same_bytes_from_a_folder_or_a_zip(tmp_path):
    files = pngs(random_split("segmentation", 5)[0])
    folder = write_folder(tmp_path / "truth", files)
    archive = write_zip(tmp_path / "truth.zip", [(f"truth/{name}", files[name]) for name in reversed(files)])
    digests = set()
    for index, source in enumerate((folder, folder, archive)):
        pack(source, make("segmentation", {}), tmp_path / f"pack{index}")
        digests.add(hashlib.sha256((tmp_path / f"pack{index}").read_bytes()).hexdigest())
    assert len(digests) == 1


def test_the_manifest_beside_the_pack_tells_names_sizes_options_and_bounds(tmp_path):
    folder = write_folder(tmp_path / "truth", {"b.png": png(np.full((2, 3), 255)), "a.png": png(np.zeros((5, 4)))})
    made = pack(folder, make("localization", {"resize": "reject"}), tmp_path / "pack")
    read = Manifest.from_json(manifest_path(tmp_path / "pack").read_text())
    assert read == made
    assert [(image.id, image.width, image.height) for image in read.images] == [("a", 4, 5), ("b", 3, 2)]
    assert (read.scorer, read.options["resize"]) == ("localization", "reject")
    assert (read.max_side, read.max_pixels) == (4096, 4096 * 4096)


def test_a_pack_can_be_read_by_its_owner_only(tmp_path):
    pack(write_folder(tmp_path / "truth", {"a.png": png([[1]])}), make("segmentation", {}), tmp_path / "pack")
    assert (tmp_path / "pack").stat().st_mode & 0o077 == 0


def test_a_palette_is_labels_by_its_indices(tmp_path):
    folder = write_folder(tmp_path / "truth", {"a.png": palette_png([[0, 2, 124]])})
    with open_ground_truth(folder, make("segmentation", {})) as truth:
        assert truth.read(0).decode().tolist() == [[0, 2, 124]]


WRONG = [
    ("localization", {"a.png": png([[0, 128]])}, "foreground"),
    ("localization", {"a.png": palette_png([[0, 255]])}, "palette"),
    ("segmentation", {"a.png": png([[0, 201]])}, "label 201"),
    ("segmentation", {"a.png": png([[255, 255]])}, "labelled"),
    ("scene-parsing", {"a.png": png([[1, 151]])}, "label 151"),
    ("scene-parsing", {"a.png": png([[0, 0]])}, "labelled"),
    ("segmentation", {"a.png": png(Image.new("I;16", (2, 2)))}, "16 bit"),
    ("segmentation", {"a.png": png([[1]])[:-20]}, "cut off"),
    ("segmentation", {"a.png": png([[1]]), "x/a.png": png([[1]])}, "two files"),
    ("segmentation", {"a.txt": b""}, "no PNG"),
]


@pytest.mark.parametrize(("name", "files", "words"), WRONG)
@pytest.mark.parametrize("zipped", [False, True])
def test_wrong_ground_truth_is_an_error_of_ours_that_says_what_to_mend(name, files, words, zipped, tmp_path):
    write = write_zip if zipped else write_folder
    with pytest.raises(GroundTruthError, match=words):
        pack(write(tmp_path / "truth", files), make(name, {}), tmp_path / "pack")
    assert not list(tmp_path.glob("pack*"))


def test_a_damaged_pack_is_noticed(tmp_path):
    scorer = make("segmentation", {})
    pack(write_folder(tmp_path / "truth", {"a.png": png([[1, 2]])}), scorer, tmp_path / "pack")
    whole = (tmp_path / "pack").read_bytes()
    for index in range(8, len(whole)):
        changed = bytearray(whole)
        changed[index] ^= 0xFF
        (tmp_path / "pack").write_bytes(changed)
        with pytest.raises(GroundTruthError), open_ground_truth(tmp_path / "pack", scorer) as truth:
            truth.read(0)


def test_a_pack_of_another_version_says_to_pack_again(tmp_path):
    (tmp_path / "pack").write_bytes(b"LIDPACK1" + bytes(100) + b"LIDPACK1")
    again = pytest.raises(GroundTruthError, match="pack the ground truth again")
    with again, open_ground_truth(tmp_path / "pack", make("segmentation", {})):
        pass
