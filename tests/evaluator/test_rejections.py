"""Every way an archive can be wrong: its code, its file, and all problems at once."""

import zipfile
from contextlib import suppress

import numpy as np
import pytest
from factories import manifest, palette_png, png, raw_png, write_folder, write_zip
from PIL import Image

from evaluator.contract import CODES, Rejected
from evaluator.engine import check

LABELS = manifest("segmentation", ("a", 3, 2), ("b", 3, 2), ("c", 3, 2))
HEAT_MAPS = manifest("localization", ("a", 3, 2), ("b", 3, 2), ("c", 3, 2))
GOOD = png(np.eye(2, 3))


@pytest.fixture
def problems(tmp_path):
    """Check (name, bytes) pairs or a dict and return the problems."""

    def submit(files, split=LABELS, **arguments):
        path = write_zip(tmp_path / "submission.zip", files, **arguments)
        return problems_of(path, split)

    return submit


def problems_of(path, split=LABELS):
    with pytest.raises(Rejected) as rejected:
        check(path, split)
    assert rejected.value.problem_count == len(rejected.value.problems)
    assert all(problem.code in CODES for problem in rejected.value.problems)
    assert all(problem.found and problem.expected and problem.fix for problem in rejected.value.problems)
    return rejected.value.problems


def codes(found):
    return [(problem.code, problem.file) for problem in found]


def with_a(contents):
    return {"a.png": contents, "b.png": GOOD, "c.png": GOOD}


@pytest.mark.parametrize("contents", [b"", b"no zip", b"PK\3\4" + bytes(50), GOOD])
def test_a_file_that_is_no_zip_is_a_bad_zip(contents, tmp_path):
    (tmp_path / "x").write_bytes(contents)
    assert codes(problems_of(tmp_path / "x")) == [("bad_zip", "")]


def test_a_zip_cut_off_anywhere_is_rejected_cleanly(tmp_path):
    whole = write_zip(tmp_path / "whole.zip", with_a(GOOD)).read_bytes()
    for length in range(len(whole)):
        (tmp_path / "cut.zip").write_bytes(whole[:length])
        assert codes(problems_of(tmp_path / "cut.zip")) == [("bad_zip", "")]


@pytest.mark.slow
def test_a_zip_with_any_byte_changed_is_valid_or_rejected_cleanly(tmp_path):
    whole = write_zip(tmp_path / "whole.zip", with_a(GOOD)).read_bytes()
    for index in range(len(whole)):
        for change in (0xFF, 0x01):
            changed = bytearray(whole)
            changed[index] ^= change
            (tmp_path / "changed.zip").write_bytes(changed)
            with suppress(Rejected):
                assert check(tmp_path / "changed.zip", LABELS).scores is None


def test_a_damaged_member_is_a_bad_zip_that_names_it(tmp_path):
    path = write_zip(tmp_path / "x.zip", with_a(GOOD), zipfile.ZIP_STORED)
    contents = bytearray(path.read_bytes())
    contents[contents.index(b"IEND") + 2] ^= 1
    path.write_bytes(contents)
    assert codes(problems_of(path)) == [("bad_zip", "a.png")]


def test_a_zip_without_a_png_is_empty_and_says_what_it_holds(problems):
    assert codes(problems({})) == [("empty_archive", "")]
    (only_jpeg,) = problems({"a.jpg": b"x", "b.jpg": b"x"})
    assert only_jpeg.code == "empty_archive"
    assert "a.jpg" in only_jpeg.found
    (nested,) = problems({"results.zip": b"x"})
    assert "zip inside a zip" in nested.fix


@pytest.mark.parametrize("name", ["../a.png", "/a.png", "x/../../a.png", "C:\\maps\\a.png", "..\\a.png"])
def test_a_name_that_leads_out_is_an_unsafe_path(name, problems):
    assert codes(problems([(name, GOOD), ("b.png", GOOD), ("c.png", GOOD)])) == [("unsafe_path", name)]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_image_are_a_duplicate_wherever_they_lie(problems):
    files = [("a.png", GOOD), ("x/b.png", GOOD), ("y/b.PNG", GOOD), ("c.png", GOOD), ("c.png", GOOD)]
    assert codes(problems(files)) == [("duplicate_id", "y/b.PNG"), ("duplicate_id", "c.png")]


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [("jp2", "JPEG 2000"), ("pgm", "Netpbm"), ("TGA", "TGA"), ("mat", "MATLAB"), ("xyz", "another")],
)
def test_the_format_of_a_missing_file_is_named(problems, suffix, kind):
    (found,) = problems({f"a.{suffix}": b"x", "b.png": GOOD, "c.png": GOOD})
    assert f"only a file of {kind} format, such as a.{suffix}" in found.found


def test_missing_files_are_all_named_in_the_order_of_the_split(problems):
    found = problems({"b.png": GOOD})
    assert codes(found) == [("missing_file", "a.png"), ("missing_file", "c.png")]


def test_a_missing_file_that_is_a_jpeg_is_said_to_be_one(problems):
    (found,) = problems({"maps/a.JPEG": b"x", "b.png": GOOD, "c.png": GOOD})
    assert (found.code, found.file) == ("missing_file", "a.png")
    assert "maps/a.JPEG" in found.found
    assert "PNG" in found.fix


def test_where_no_name_matches_the_fix_shows_both_spellings(problems):
    found = problems({"pred_0.png": GOOD})
    assert len(found) == 3
    assert "a.png, not pred_0.png" in found[0].fix


def mark_encrypted(path):
    contents = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        contents[contents.index(signature) + flags] |= 1
    path.write_bytes(contents)


def test_an_encrypted_member_is_named(tmp_path):
    path = write_zip(tmp_path / "x.zip", with_a(GOOD))
    mark_encrypted(path)
    assert codes(problems_of(path)) == [("encrypted", "a.png")]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compression_is_named_for_each_file(method, problems):
    found = problems(with_a(GOOD), method=method)
    assert codes(found) == [("unsupported_compression", f"{name}.png") for name in "abc"]


def test_a_member_far_larger_than_its_map_is_never_inflated(problems):
    found = problems(with_a(GOOD + bytes(3 * 2**20)))
    assert codes(found) == [("too_large", "a.png")]


@pytest.mark.parametrize(
    "contents",
    [
        b"",
        b"GIF89a",
        GOOD[:20],
        GOOD[:45],
        GOOD[:-4],
        GOOD.replace(b"IEND", b"IENE"),
        raw_png(3, 2, bytes(4)),  # one row of two
        raw_png(3, 2, bytes(12)),  # three rows of two
        raw_png(3, 2, b"\x07" + bytes(7)),  # no such filter
        raw_png(3, 2, b"", packed=b"no zlib"),
        raw_png(3, 2, b"", packed=b""),
        raw_png(0, 2, bytes(8)),
        raw_png(3, 2, bytes(8), colour=5),
    ],
)
def test_a_damaged_png_is_not_an_image(contents, problems):
    assert codes(problems(with_a(contents))) == [("not_an_image", "a.png")]


def picture(mode):
    return png(Image.new(mode, (3, 2)))


@pytest.mark.parametrize(
    ("contents", "kind"),
    [
        (picture("RGB"), "RGB, 8 bit"),
        (picture("RGBA"), "RGBA, 8 bit"),
        (picture("LA"), "grey with alpha, 8 bit"),
        (picture("I;16"), "grey, 16 bit"),
        (picture("1"), "grey, 1 bit"),
        (raw_png(3, 2, bytes(4), depth=4), "grey, 4 bit"),
    ],
)
@pytest.mark.parametrize("split", [LABELS, HEAT_MAPS])
def test_a_png_of_another_kind_is_a_bad_mode(contents, kind, split, problems):
    (found,) = problems(with_a(contents), split)
    assert (found.code, found.file, found.found) == ("bad_mode", "a.png", kind)


def test_a_palette_holds_labels_but_no_heat_map(problems, tmp_path):
    files = with_a(palette_png(np.zeros((2, 3))))
    assert codes(problems(files, HEAT_MAPS)) == [("bad_mode", "a.png")]
    assert check(write_zip(tmp_path / "labels.zip", files), LABELS).scores is None


def test_a_map_of_another_size_is_told_both_sizes(problems):
    (found,) = problems(with_a(png(np.zeros((5, 4)))))
    assert (found.code, found.file) == ("size_mismatch", "a.png")
    assert (found.found, found.expected) == ("4 wide, 5 high", "3 wide, 2 high")
    (swapped,) = problems(with_a(png(np.zeros((3, 2)))))
    assert "swapped" in swapped.fix


def test_a_heat_map_whose_sides_are_swapped_is_refused_with_the_words_of_a_label_map(problems, tmp_path):
    (as_label_map,) = problems(with_a(png(np.zeros((3, 2)))))
    assert problems(with_a(png(np.zeros((3, 2)))), HEAT_MAPS) == (as_label_map,)
    square = manifest("localization", ("a", 3, 3), ("b", 3, 2), ("c", 3, 2))
    for size, split in [((6, 4), HEAT_MAPS), ((2, 2), HEAT_MAPS), ((3, 3), square)]:
        stretched = write_zip(tmp_path / "maps.zip", with_a(png(np.zeros(size))))
        assert check(stretched, split).scores is None


def test_a_heat_map_of_another_size_is_refused_where_the_rule_says_so(problems, tmp_path):
    files = with_a(png(np.zeros((5, 4))))
    strict = manifest("localization", ("a", 3, 2), ("b", 3, 2), ("c", 3, 2), resize="reject")
    assert codes(problems(files, strict)) == [("size_mismatch", "a.png")]
    assert check(write_zip(tmp_path / "maps.zip", files), HEAT_MAPS).scores is None


@pytest.mark.parametrize("size", [(4097, 1), (1, 4097), (70000, 70000)])
def test_a_heat_map_beyond_the_manifest_s_bounds_is_too_large_before_it_is_decoded(size, problems):
    found = problems(with_a(raw_png(*size, b"")), HEAT_MAPS)
    assert codes(found) == [("too_large", "a.png")]


def test_heat_maps_that_are_all_far_larger_than_their_images_are_refused_together(problems, tmp_path):
    (found,) = problems({f"{name}.png": raw_png(4096, 2048, b"") for name in "abc"}, HEAT_MAPS)
    assert (found.code, found.file, found.found) == ("too_large", "", f"maps of {3 * 4096 * 2048:,} pixels in all")
    within = {f"{name}.png": png(np.zeros((1024, 1024))) for name in "abc"}
    assert check(write_zip(tmp_path / "maps.zip", within), HEAT_MAPS).scores is None


def test_labels_out_of_range_are_found_in_all_files(problems):
    wrong = png(np.full((2, 3), 201))
    found = problems({"a.png": wrong, "b.png": GOOD, "c.png": png(np.full((2, 3), 255))})
    assert codes(found) == [("label_out_of_range", "a.png"), ("label_out_of_range", "c.png")]
    assert [problem.found for problem in found] == ["label 201", "label 255"]


def test_all_that_names_and_headers_show_is_listed_at_once(problems):
    files = [("../x.png", GOOD), ("a.png", picture("RGB")), ("b.png", png(np.zeros((9, 9))))]
    assert codes(problems(files)) == [
        ("unsafe_path", "../x.png"),
        ("missing_file", "c.png"),
        ("bad_mode", "a.png"),
        ("size_mismatch", "b.png"),
    ]


def test_all_that_decoding_shows_is_listed_at_once_whatever_the_number_of_processes(tmp_path):
    names = [f"{index:04}" for index in range(300)]
    split = manifest("segmentation", *((name, 3, 2) for name in names))
    wrong, short = png(np.full((2, 3), 201)), raw_png(3, 2, bytes(4))
    bad = {"0003": wrong, "0150": short, "0299": wrong}
    path = write_zip(tmp_path / "x.zip", {f"{name}.png": bad.get(name, GOOD) for name in names})
    for jobs in (1, 2, 3):
        with pytest.raises(Rejected) as rejected:
            check(path, split, jobs=jobs)
        assert codes(rejected.value.problems) == [
            ("label_out_of_range", "0003.png"),
            ("not_an_image", "0150.png"),
            ("label_out_of_range", "0299.png"),
        ]


def test_quick_looks_at_names_and_headers_only(tmp_path):
    path = write_zip(tmp_path / "x.zip", with_a(png(np.full((2, 3), 201))))
    assert check(path, LABELS, quick=True).scores is None
    with pytest.raises(Rejected):
        check(write_zip(tmp_path / "y.zip", with_a(picture("RGB"))), LABELS, quick=True)


def test_files_of_no_image_are_ignored_with_one_warning_and_junk_with_none(tmp_path):
    names = ("__MACOSX/._a.png", "._b.png", ".DS_Store", "Thumbs.db", "read.me", "folder/")
    junk = dict.fromkeys(names, b"")
    strangers = {f"z{index}.png": b"not even a PNG" for index in range(6)}
    path = write_zip(tmp_path / "x.zip", {**junk, **strangers, **with_a(GOOD)})
    (warning,) = check(path, LABELS).warnings
    named = ", ".join(f"z{index}.png" for index in range(5))
    assert warning == f"6 files belong to no image of this split and were ignored: {named}, …"


def test_a_hostile_name_is_shown_with_its_tricks_spelled_out(problems):
    name = "../\x1b[31m\u202eevil\n" + 300 * "x" + ".png"
    (shown,) = [problem.file for problem in problems([(name, GOOD), *with_a(GOOD).items()])]
    assert shown.startswith(r"../\x1b[31m\u202eevil\nxxx")
    assert shown.isprintable()
    assert len(shown) <= 120


def test_a_verdict_does_not_depend_on_the_ground_truth(run, tmp_path):
    """The same archives against two different truths of the same names and sizes: the same words."""
    for name, value in (("one", 1), ("other", 2)):
        write_folder(tmp_path / name, {f"{image}.png": png(np.full((2, 3), value)) for image in "abc"})
    archives = [
        write_zip(tmp_path / "0.zip", {"b.png": GOOD}),
        write_zip(tmp_path / "1.zip", with_a(picture("RGB"))),
        write_zip(tmp_path / "2.zip", with_a(png(np.full((2, 3), 255)))),
    ]
    for archive in archives:
        one, other = (
            run("score", "segmentation", archive, "--ground-truth", tmp_path / name, "--json")
            for name in ("one", "other")
        )
        assert one.code == 2
        assert one.out == other.out
