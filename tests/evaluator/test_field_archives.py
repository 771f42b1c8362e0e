"""Honest archives that teams of this field sent elsewhere: scored, or refused with advice that helps."""

import json
import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from factories import manifest, png, write_folder, write_zip
from faulty_zips import jpeg, zipped
from zip_writing import UTF8, File, second_name, zip_of

from evaluator.contract import Rejected, grouped
from evaluator.engine import check, evaluate
from evaluator.groundtruth import open_ground_truth
from evaluator.scorers import make

FIELD = Path(os.environ.get("LID_CASES", Path(__file__).resolve().parents[2] / "../shared/cases")) / "field"
GOOD, NONE = png(np.zeros((2, 3))), png(np.ones((2, 3)))
NAME = "größe_테스트"
DECOMPOSED = unicodedata.normalize("NFD", NAME)


@pytest.mark.parametrize("name", ["nfd_names", "padded_zip", "spanned_zip"])
def test_a_case_of_the_field_is_scored(name, run):
    if not FIELD.is_dir():
        pytest.skip(f"no cases of the field at {FIELD} (set LID_CASES)")
    case = json.loads((FIELD / "expected.json").read_text())["cases"][name]
    archive, truth = FIELD / case["submission"], FIELD / case["gt"]
    outcome = run("score", case["scorer"], archive, "--ground-truth", truth, "--json").outcome
    assert outcome["outcome"] == "scored"
    assert outcome["scores"]["mean_iou"] == pytest.approx(case["right"][0]["mean_iou"], rel=0, abs=1e-9)
    assert outcome["warnings"] == []


def outcome_of(tmp_path, contents, *ids, others=()):
    """Warnings of an accepted zip, or its problems; each image is 3 wide, 2 high."""
    (tmp_path / "x.zip").write_bytes(contents)
    split = manifest("segmentation", *((id_, 3, 2) for id_ in ids))
    try:
        return list(check(tmp_path / "x.zip", split, others=others).warnings)
    except Rejected as rejected:
        return rejected.problems


# Names

TAKEN = {  # name of the case: (name in the zip, flags, id, words of the warning; None: no warning)
    "decomposed": (DECOMPOSED, UTF8, NAME, None),
    "composed, where the id is decomposed": (NAME, UTF8, DECOMPOSED, None),
    "UTF-8 without its flag": (NAME, 0, NAME, None),
    "decomposed and without the flag": (DECOMPOSED, 0, NAME, None),
    "German code page of Windows": ("größe".encode("cp850"), 0, "größe", None),
    "Western code page": ("Ocaña Ø".encode("cp1252"), 0, "Ocaña Ø", "a code page"),
    "Korean code page": ("테스트".encode("cp949"), 0, "테스트", "a code page"),
    "Japanese code page": ("テスト".encode("cp932"), 0, "テスト", "a code page"),
    "another case": ("img_001", 0, "IMG_001", "upper and lower case"),
    "another case and sharp s": ("STRASSE", 0, "straße", "upper and lower case"),
    "full width": ("ａ１", UTF8, "a1", "U+FF41 FULLWIDTH LATIN SMALL LETTER A for U+0061"),
    "a ligature": ("ﬁg", UTF8, "fig", "U+FB01 LATIN SMALL LIGATURE FI"),
    "zero-width space": ("a\u200bb", UTF8, "ab", "U+200B ZERO WIDTH SPACE too much"),
    "byte order mark": ("\ufeffab", UTF8, "ab", "U+FEFF ZERO WIDTH NO-BREAK SPACE too much"),
    "no-break space": ("a\xa0b", UTF8, "a b", "U+00A0 NO-BREAK SPACE for U+0020 SPACE"),
    "space before the ending": ("ab ", 0, "ab", "U+0020 SPACE too much"),
}


@pytest.mark.parametrize("case", TAKEN)
def test_the_one_file_that_means_an_image_is_taken(case, tmp_path):
    name, flags, image, words = TAKEN[case]
    raw = name if isinstance(name, bytes) else name.encode()
    warnings = outcome_of(tmp_path, zip_of([File(raw + b".png", GOOD, flags=flags)]), image)
    assert [isinstance(warning, str) for warning in warnings] == [True] * (words is not None), warnings
    assert all(words in warning for warning in warnings)


@pytest.mark.parametrize("raw", [b"gr\x94\xe1e.png", b"gr#U00f6#U00dfe.png", b"gr??e.png", b"\x81\x82.png"])
@pytest.mark.parametrize("where", ["both headers", "the directory"])
def test_a_path_field_of_unicode_names_the_file(raw, where, tmp_path):
    field = second_name("größe.png".encode(), raw)
    extras = {"extra": field} if where == "both headers" else {"central": {"extra": field}}
    assert outcome_of(tmp_path, zip_of([File(raw, GOOD, **extras)]), "größe") == []


LOOKS = {  # name of the case: (name in the zip, id, code points that the message names)
    "Cyrillic letter": ("gr\u043eup", "group", "U+043E CYRILLIC SMALL LETTER O for U+006F LATIN SMALL LETTER O"),
    "Greek capital": ("\u0391_1", "A_1", "U+0391 GREEK CAPITAL LETTER ALPHA for U+0041"),
    "en dash": ("a\u20131", "a-1", "U+2013 EN DASH for U+002D HYPHEN-MINUS"),
    "accent lost": ("Ocana", "Ocaña", "U+006E LATIN SMALL LETTER N for U+00F1"),
    "letters that only look alike": ("gr\u1d0fup_ä", "group_ä", "U+1D0F LATIN LETTER SMALL CAPITAL O for U+006F"),
}


@pytest.mark.parametrize("case", LOOKS)
def test_a_name_that_only_looks_alike_is_told_by_code_points(case, tmp_path):
    name, image, words = LOOKS[case]
    (problem,) = outcome_of(tmp_path, zip_of([File(f"{name}.png", GOOD, flags=UTF8)]), image)
    assert problem.code == "missing_file"
    assert words in problem.found + problem.fix


def test_two_files_for_one_image_are_named_with_their_difference(tmp_path):
    files = [File(f"{name}.png", GOOD, flags=UTF8) for name in (NAME, DECOMPOSED)]
    (problem,) = outcome_of(tmp_path, zip_of(files), NAME)
    assert problem.code == "duplicate_id"
    assert "differ by decomposed letters" in problem.found


def test_a_file_that_may_mean_two_images_is_named_and_not_taken(tmp_path):
    problems = outcome_of(tmp_path, zip_of([File("ab\u200b.png", GOOD, flags=UTF8)]), "AB", "Ab")
    assert [problem.found for problem in problems] == [r"only ab\u200b.png, which may mean AB.png and Ab.png"] * 2


def test_the_strictest_meaning_counts(tmp_path):
    """Two ids that differ by case alone, and files that are decomposed: each means one of them."""
    ids = "Größe", "größe"
    files = [File(unicodedata.normalize("NFD", f"{name}.png"), GOOD, flags=UTF8) for name in ids]
    warnings = outcome_of(tmp_path, zip_of(files), *ids)
    assert [text for text in warnings if not text.startswith("Every map is constant")] == []


def test_ground_truth_of_macos_is_packed_by_composed_ids(tmp_path):
    (tmp_path / "truth").mkdir()
    write_folder(tmp_path / "truth", {f"{DECOMPOSED}.png": NONE})
    with open_ground_truth(tmp_path / "truth", make("segmentation", {})) as truth:
        assert truth.manifest.ids == {NAME}
        for name in (NAME, DECOMPOSED):
            archive = write_zip(tmp_path / "x.zip", {f"{name}.png": NONE})
            assert evaluate(archive, truth)[0].scores["mean_iou"] == 1


# Archives


def ended(after=b"", before=b"", **ends):
    return zip_of([File("a.png", GOOD)], before=before, after=after, **ends)


SOUND = {
    "NULs of a tape block": ended(bytes(8000)),
    "one NUL": ended(b"\0"),
    "as many NULs as a comment may have": ended(bytes(65_535)),
    "NULs behind a comment": ended(bytes(512), comment=b"our third try"),
    "NULs behind a zip64 end": ended(bytes(512), zip64=True),
    "a comment that ends with NULs": ended(comment=b"abc\0\0"),
    "a split zip of one part": ended(before=b"PK\7\x08"),
    "a split zip of one part, as WinZip marks it": ended(before=b"PK00"),
    "a split zip of one part, padded": ended(bytes(100), before=b"PK\7\x08"),
    "a split zip of one part in zip64": ended(before=b"PK\7\x08", zip64=True),
    "a folder with a colon": zip_of([File("1:2 final/a.png", GOOD)]),
    "a folder of a letter and a colon": zip_of([File("b:1/a.png", GOOD)]),
    "a folder that ends with a colon": zip_of([File("final:/a.png", GOOD)]),
}


@pytest.mark.parametrize("case", SOUND)
def test_a_sound_zip_of_an_unusual_program_is_accepted(case, tmp_path):
    assert outcome_of(tmp_path, SOUND[case], "a") == []


REFUSED = {  # name of the case: (archive, words of what was found, words of the fix)
    "text behind the end": (ended(b"see you\n"), "8 byte(s) of something else behind its end", "to a file"),
    "NULs and a byte": (ended(bytes(99) + b"x"), "100 byte(s) of something else behind its end", "to a file"),
    "first part of several": (b"PK\7\x08PK\3\4" + bytes(500), "one part of a split zip", "zip -s 0"),
    "last part of several": (ended(end={"disk": 1}), "one part of a split zip", "zip -s 0"),
    "another marker": (ended(before=b"PK\7\x09"), "other bytes in front", "unzip -t"),
    "a marker and more": (ended(before=b"PK\7\x08..."), "other bytes in front", "unzip -t"),
    "a drive": (zip_of([File("C:\\maps\\a.png", GOOD)]), "an absolute name", "from inside their folder"),
    "a drive and slashes": (zip_of([File("c:/maps/a.png", GOOD)]), "an absolute name", "from inside their folder"),
    "JPEGs": (zipped([(f"{n}.jpg", b"x") for n in range(9)]), "9 JPEG, the first is 0.jpg", "JPEG changes labels"),
    "arrays": (zipped([("a.npy", b"x"), ("me.txt", b"")]), "1 NumPy, the first is a.npy", "as PNG"),
    "JPEGs named PNG": (zipped([("a.png", jpeg(GOOD))]), "a JPEG, whatever its name says", "JPEG changes labels"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_zip_is_told_its_cause_and_its_remedy(case, tmp_path):
    archive, found, fix = REFUSED[case]
    (problem,) = outcome_of(tmp_path, archive, "a")
    assert found in problem.found
    assert fix in problem.fix


def test_a_jpeg_among_other_files_is_not_the_fault(tmp_path):
    (problem,) = outcome_of(tmp_path, zipped((name, b"x") for name in ("a.txt", "b.jpg", "c.pdf")), "a")
    assert "JPEG" not in problem.found + problem.fix


def test_jpegs_beside_pngs_are_one_problem_with_all_their_files(tmp_path):
    files = [("a.png", GOOD), *((f"maps/{name}.jpg", jpeg(GOOD)) for name in "bcd")]
    (group,) = grouped(map(vars, outcome_of(tmp_path, zipped(files), *"abcd")))
    assert group.found == "only a file of JPEG format, such as maps/b.jpg"
    assert group.files == ["b.png", "c.png", "d.png"]
    assert "JPEG changes labels" in group.fix


def test_names_that_all_differ_alike_are_one_problem(tmp_path):
    files = [File(f"a\u2013{n}.png", GOOD, flags=UTF8) for n in range(4)]
    (group,) = grouped(map(vars, outcome_of(tmp_path, zip_of(files), *(f"a-{n}" for n in range(4)))))
    assert group.files == [f"a-{n}.png" for n in range(4)]
    assert "such as a–0.png, which differs by U+2013 EN DASH for U+002D HYPHEN-MINUS" in group.found


def test_images_without_any_file_are_one_problem(tmp_path):
    problems = outcome_of(tmp_path, zipped((f"{n}_pred.png", GOOD) for n in range(5)), *map(str, range(5)))
    (group,) = grouped(map(vars, problems))
    assert len(group.files) == 5
    assert group.fix == "Name each file by its image's id: 0.png, not 0_pred.png."


# Other splits

OTHERS = [
    ("Track 1, test", manifest("segmentation", *((f"test{n}", 3, 2) for n in range(4)))),
    ("Track 3, test", manifest("localization", *((f"test{n}", 3, 2) for n in range(2)))),
]


def test_another_split_s_archive_is_recognised(tmp_path):
    archive = zipped([*((f"test{n}.png", GOOD) for n in range(4)), ("mine.png", GOOD)])
    (problem,) = outcome_of(tmp_path, archive, "val0", "val1", others=OTHERS)
    assert (problem.code, problem.file) == ("missing_file", "")
    assert problem.found == "4 of 5 PNG file(s) have names of “Track 1, test”, and none of this split"
    assert problem.fix == "Submit this archive to “Track 1, test”, or the maps of this split here."


def test_splits_of_the_same_images_are_all_named(tmp_path):
    archive = zipped((f"test{n}.png", GOOD) for n in range(2))
    (problem,) = outcome_of(tmp_path, archive, "val0", others=OTHERS)
    assert "“Track 1, test” or “Track 3, test”" in problem.found


@pytest.mark.parametrize("files", [["val0", "test0", "test1"], ["other", "x", "test0"]])
def test_an_archive_with_files_of_this_split_or_of_none_is_not_taken_for_another(files, tmp_path):
    problems = outcome_of(tmp_path, zipped((f"{name}.png", GOOD) for name in files), "val0", "val1", others=OTHERS)
    assert all(problem.file for problem in problems)


def test_other_splits_are_not_read_where_a_name_fits(tmp_path):
    def never():
        yield pytest.fail("read")

    outcome_of(tmp_path, zipped([("a.png", GOOD)]), "a", others=never())
