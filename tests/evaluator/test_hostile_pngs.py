"""Hostile PNGs: the verdict of each, for both kinds of map, by every decoder, within time and memory."""

import io
from functools import partial

import pytest
from decoders import DECODERS, only
from factories import manifest, write_zip
from hostile_pngs import CASES
from limits import MEMORY, in_a_child
from PIL import Image

from evaluator.contract import CODES, Rejected
from evaluator.engine import check

pytestmark = pytest.mark.slow

WIDTH, HEIGHT = 24, 17
SPLITS = {
    "label map": manifest("segmentation", ("image", WIDTH, HEIGHT)),
    "heat map": manifest("localization", ("image", WIDTH, HEIGHT)),
}


def texts(path):
    """{decoder and use: every problem as text}."""
    found = {}
    for decoder in DECODERS:
        for use, split in SPLITS.items():
            with only(decoder):
                found[f"{decoder}, {use}"] = problems(path, split)
    return found


def problems(path, split):
    try:
        check(path, split)
    except Rejected as rejection:
        return [[problem.code, problem.found] for problem in rejection.problems]
    return []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_png_gets_its_verdict_on_every_way_and_within_bounds(case, tmp_path):
    path = write_zip(tmp_path / "x.zip", {"image.png": case.build(WIDTH, HEIGHT)})
    with only("compiled"):
        found, memory = in_a_child(partial(texts, path), tmp_path)
    for use, code in {"label map": case.code, "heat map": case.heat_code}.items():
        by_decoder = [found[f"{decoder}, {use}"] for decoder in DECODERS]
        assert [problem[0] for problem in by_decoder[0]] == [code] * bool(code), use
        assert by_decoder == [by_decoder[0]] * len(DECODERS), f"one result for all decoders: {use}"
    assert memory <= MEMORY


def test_there_are_many_cases_each_of_its_own_name_and_with_a_known_code():
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)
    assert {case.code for case in CASES} | {case.heat_code for case in CASES} <= {*CODES, ""}


def test_every_case_is_the_same_when_it_is_made_again():
    assert [case.build(WIDTH, HEIGHT) for case in CASES] == [case.build(WIDTH, HEIGHT) for case in CASES]


# All that docs/security.md lists as stricter or milder than Pillow.
STRICTER = {
    *("a-row-missing", "a-row-too-many", "a-thousand-rows-too-many", "an-interlaced-row-missing"),
    *("stream-without-checksum", "stream-without-end", "stream-of-16-megabytes", "stream-of-a-gigabyte"),
    *("checksum-of-IDAT", "checksum-of-IEND", "cut-behind-pixels", "cut-in-end-mark"),
    *("two-headers", "pixels-in-two-places", "apple-optimised", "unknown-critical-chunk", "unknown-method"),
    *("palette-missing", "palette-empty", "palette-of-half-a-colour", "two-palettes", "palette-behind-the-pixels"),
    *("thousands-of-empty-pieces", "80-thousand-chunks"),
}
MILDER = {"text-bomb", "international-text-bomb", "profile-bomb", "checksum-of-a-text"}


def test_the_differences_from_pillow_are_those_that_are_written_down():
    refused = [case for case in CASES if case.code == "not_an_image"]
    taken = [case for case in CASES if not case.code]
    assert {case.name for case in refused if pillow_takes(case)} == STRICTER
    assert {case.name for case in taken if not pillow_takes(case)} == MILDER


def pillow_takes(case):
    try:
        with Image.open(io.BytesIO(case.build(WIDTH, HEIGHT)), formats=["PNG"]) as image:
            return bool(image.load())
    except (OSError, SyntaxError, ValueError):
        return False
