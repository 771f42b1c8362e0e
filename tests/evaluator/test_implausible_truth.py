"""Ground truth that goes wrong: all faults at once, what is skipped is named, what cannot be meant is refused."""

import io

import numpy as np
import pytest
from factories import png, raw_png, write_folder, write_zip
from PIL import Image

from evaluator.groundtruth import GroundTruthError, pack
from evaluator.scorers import make

MASK = png([[0, 255, 255], [0, 0, 255]])
LABELS = png([[0, 3, 3], [0, 17, 200]])
THREE_MASKS = {f"im{number}.png": MASK for number in range(3)}
KINDS = [(1, 0), (2, 0), (4, 0), (16, 0), (8, 2), (16, 2), (8, 4), (16, 4), (8, 6), (16, 6), (3, 0), (16, 3)]
THREE_MAPS = {f"im{number}.png": LABELS for number in range(3)}
BACKGROUND_255 = png([[0, 255, 255], [0, 0, 255]])
PHOTO = png(np.arange(129, 255).reshape(9, 14))  # brighter than the threshold everywhere


SAVED_SO = [".jpeg", ".JFIF", ".jp2", ".tif", ".npy", ".npz", ".bmp", ".gif", ".webp", ".ppm", ".tga", ".mat"]


def jpeg():
    stream = io.BytesIO()
    Image.new("L", (3, 2)).save(stream, "JPEG")
    return stream.getvalue()


@pytest.fixture(params=["folder", "zip"])
def packed(request, tmp_path):
    """Pack a dict of files as a folder and as a zip; the ids and the warnings."""
    write = {"folder": write_folder, "zip": write_zip}[request.param]

    def pack_files(scorer, files, **options):
        warnings = []
        number = len(list(tmp_path.iterdir()))
        source = write(tmp_path / f"truth{number}", files)
        manifest = pack(source, make(scorer, options), tmp_path / f"pack{number}", warn=warnings.append)
        return [image.id for image in manifest.images], [each for each in warnings if "in no map" not in each]

    return pack_files


@pytest.fixture
def refused(packed, tmp_path):
    """The lines with which the ground truth is refused; nothing is left of it."""

    def faults(scorer, files, **options):
        before = set(tmp_path.glob("pack*"))
        with pytest.raises(GroundTruthError) as error:
            packed(scorer, files, **options)
        assert set(tmp_path.glob("pack*")) == before
        return str(error.value).splitlines()

    return faults


SKIPPED = {
    ".ipynb_checkpoints/im0-checkpoint.png": ".ipynb_checkpoints/ (1 file)",
    "masks/@eaDir/im0.png/SYNOPHOTO_THUMB_M.png": "masks/@eaDir/ (1 file)",
    "masks/.AppleDouble/im0.png": "masks/.AppleDouble/ (1 file)",
    ".cache/thumbnail.png": ".cache/ (1 file)",
    "__MACOSX/im0.png": "__MACOSX/ (1 file)",
    ".git/objects/4b.png": ".git/ (1 file)",
    "$RECYCLE.BIN/im9.png": "$RECYCLE.BIN/ (1 file)",
    "masks/._im0.png": "masks/._im0.png",
    "THUMBS.DB": "THUMBS.DB",
    ".DS_Store": ".DS_Store",
}


@pytest.mark.parametrize(("stray", "named"), SKIPPED.items())
def test_hidden_files_and_those_of_systems_are_skipped_and_named(stray, named, packed):
    ids, warnings = packed("segmentation", THREE_MAPS | {stray: LABELS})
    assert ids == ["im0", "im1", "im2"]
    assert warnings == [f"{named}: skipped, since it is hidden or a system's"]


def test_a_zip_whose_names_begin_with_a_dot_and_a_slash_is_not_hidden(tmp_path):
    source = write_zip(tmp_path / "truth.zip", {f"./{name}": contents for name, contents in THREE_MAPS.items()})
    assert len(pack(source, make("segmentation", {}), tmp_path / "pack").images) == 3


def test_many_files_of_a_hidden_folder_are_counted_and_long_lists_shortened(packed):
    strays = {f".git/{number}": b"" for number in range(12)} | {f"note{number}.md": b"" for number in range(7)}
    assert packed("segmentation", THREE_MAPS | strays)[1] == [
        ".git/ (12 files): skipped, since it is hidden or a system's",
        "note0.md, note1.md, note2.md, note3.md, note4.md and 2 more: skipped, since it is no PNG",
    ]


def test_a_map_in_another_format_is_missing_but_a_photograph_beside_its_map_is_skipped(packed, refused):
    (fault,) = refused("localization", THREE_MASKS | {"im3.jpg": jpeg()})
    assert fault == "im3.jpg: no PNG; save the map as PNG, or leave the file out"
    (named,) = packed("localization", THREE_MASKS | {"photos/im2.jpg": jpeg()})[1]
    assert named == "photos/im2.jpg: skipped, since it is no PNG"


@pytest.mark.parametrize("suffix", SAVED_SO)
def test_ground_truth_and_submissions_know_the_same_formats(suffix, refused, packed):
    """Files saved in another format by mistake: the map is missing from ground truth as from a submission."""
    (fault,) = refused("segmentation", THREE_MAPS | {f"im3{suffix}": b"x"})
    assert fault == f"im3{suffix}: no PNG; save the map as PNG, or leave the file out"
    names = "\n".join(f"im{number}{suffix}" for number in range(3)).encode()
    assert packed("segmentation", THREE_MAPS | {"val.txt": names})[1] == ["val.txt: taken as the list of images"]


@pytest.mark.parametrize("line", ["{}", "{}.png", "val/{}.JPEG", "{}\r"])
def test_a_list_of_the_images_tells_what_is_missing_and_what_is_too_much(line, packed, refused):
    def listing(*names):
        return {"val.txt": "\n".join(map(line.format, names)).encode("utf-8-sig")}

    warnings = packed("segmentation", THREE_MAPS | listing("im0", "im1", "im2"))[1]
    assert warnings == ["val.txt: taken as the list of images"]
    assert refused("segmentation", THREE_MAPS | listing("im0", "im1", "im3", "im4"))[:2] == [
        "im3.png, im4.png: missing, though val.txt lists the image",
        "im2.png: an image that val.txt does not list; leave it out, or the list",
    ]


@pytest.mark.parametrize("text", [b"These masks were drawn by hand.\nim0 is doubtful\n", b"cat\ndog\n", b""])
def test_a_text_that_lists_no_images_is_only_skipped(text, packed):
    assert packed("segmentation", THREE_MAPS | {"readme.txt": text})[1] == [
        "readme.txt: skipped, since it is no PNG"
    ]


CANNOT_BE_MEANT = {
    "a mask saved as 0 and 1": (png([[0, 1, 1]]), "its levels above 0 are all at or below 128"),
    "a dim mask": (png([[0, 128, 128]]), "its levels above 0 are all at or below 128"),
    "a label map of few classes": (png([[0, 3, 17, 124, 200]]), "as in a label map"),
    "a label map with its border": (png([[0, 15, 15, 255]]), "as in a label map"),
    "a bright photograph": (PHOTO, "as in a photo"),
}


@pytest.mark.parametrize("case", CANNOT_BE_MEANT)
def test_a_map_that_is_no_mask_is_refused_and_named(case, refused):
    wrong, words = CANNOT_BE_MEANT[case]
    (fault,) = refused("localization", THREE_MASKS | {"im3.png": wrong})
    assert fault.startswith("im3.png: ")
    assert words in fault


@pytest.mark.parametrize(
    ("mask", "options"),
    [
        (png([[0, 1, 1]]), {"foreground_above": 0}),
        (png([[0, 127, 127]]), {"ignore_value": 127}),
        (png([[0, 0, 0, 60, 130, 250, 255, 255]]), {}),  # soft edges
        (png([[0, 51, 102, 153, 204, 255, 255, 0]]), {}),  # the votes of five people
        (png([[255, 255, 255]]), {}),
    ],
)
def test_a_mask_that_can_be_meant_is_packed_without_a_word(mask, options, packed):
    files = {"im3.png": mask} if options.get("foreground_above") == 0 else THREE_MASKS | {"im3.png": mask}
    assert [each for each in packed("localization", files, **options)[1] if "size" not in each] == [
        *(["im3.png: no foreground pixel"] if "ignore_value" in options else [])
    ]


def test_empty_masks_are_packed_and_named(packed):
    empty = png(np.zeros((2, 3)))
    files = THREE_MASKS | {"im3.png": empty, "im4.png": empty}
    assert packed("localization", files)[1] == ["im3.png, im4.png: no foreground pixel"]


def test_masks_given_as_label_maps_are_refused_and_one_among_label_maps_is_named(packed, refused):
    (fault,) = refused("segmentation", {"im0.png": BACKGROUND_255, "im1.png": BACKGROUND_255})[:1]
    assert fault.startswith("the maps: none has a labelled pixel: the score would be undefined.")
    assert packed("segmentation", THREE_MAPS | {"im3.png": BACKGROUND_255})[1] == ["im3.png: no labelled pixel"]


def test_classes_that_no_map_has_are_named(tmp_path):
    warnings = []
    source = write_folder(tmp_path / "truth", {"a.png": png([[0, 1, 3]])})
    options = {"num_classes": 5, "ignore_label": 2}
    pack(source, make("segmentation", options), tmp_path / "pack", warn=warnings.append)
    assert warnings == ["class 4, class 5: in no map"]


def test_a_map_of_another_size_than_nearly_all_is_named(packed):
    odd = png([[0, 255]])
    words = "of another size than 3 wide, 2 high, which all other maps have"
    assert packed("localization", THREE_MASKS | {"im3.png": odd})[1] == [f"im3.png: {words}"]
    photos = {"im0.png": MASK, "im1.png": MASK, "im2.png": odd}  # sizes that vary say nothing
    assert packed("localization", photos)[1] == []


def test_all_faults_are_told_at_once_equal_ones_together(refused):
    labels = {f"high{number}.png": png([[201 + number, 1]]) for number in range(7)}
    files = (
        THREE_MAPS
        | labels
        | {
            "colour.png": png(np.zeros((2, 3, 3))),
            "cut.png": LABELS[:-20],
            "more/im0.png": LABELS,
            "im9.tif": b"II*\0",
            "@eaDir/im0.png": LABELS,
            "val.txt": b"im0\nim1\nim2\nim7\n",
        }
    )
    text = "\n".join(refused("segmentation", files))
    for words in (
        "im0.png and more/im0.png: two files have the name of one image",
        "im7.png: missing, though val.txt lists the image",
        "im9.tif: no PNG",
        "colour.png: RGB, 8 bit; expected 8-bit grey or palette",
        "cut.png: ",
        "high0.png (label 201), high1.png (label 202), high2.png (label 203), ",
        "and 2 more: labels go from 0 to 200, ignored is 255",
        "@eaDir/ (1 file): skipped",
    ):
        assert words in text


def test_however_many_faults_there_are_the_server_gets_every_line_and_a_count(refused):
    many = {
        f"im{number}.png": raw_png(2, 1, b"", depth=depth, colour=colour)
        for number, (depth, colour) in enumerate(KINDS)
    }
    many |= {"good.png": LABELS, "more/good.png": LABELS, "high.png": png([[201]]), "im.jpg": b""}
    lines = refused("segmentation", many | {"@eaDir/x": b"", "x.md": b""})
    assert len(lines) <= 20
    assert [line for line in lines if "other faults" in line] == ["… and 3 other faults"]
    assert lines[-1] == "x.md: skipped, since it is no PNG"
