"""Palette maps: the index is the label where that is certain, and elsewhere an archive is rejected with words."""

import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from decoders import DECODERS, only
from factories import manifest, png, write_folder, write_zip
from PIL import Image

from evaluator.contract import Rejected
from evaluator.engine import check, evaluate
from evaluator.groundtruth import GroundTruthError, open_ground_truth, pack
from evaluator.scorers import make

ROOT = Path(__file__).resolve().parents[2]
FIELD = Path(os.environ.get("LID_CASES", ROOT / "../shared/cases")) / "field"
LABELS = (0, 3, 17, 90, 124, 200)
NAMES = [f"im{number}" for number in range(4)]
SIDE = 24


def voc(label):
    """The published recipe of the VOC colour map, bit by bit."""
    colour = [0, 0, 0]
    for place in range(8):
        for channel in range(3):
            colour[channel] |= (label >> (3 * place) >> channel & 1) << (7 - place)
    return tuple(colour)


VOC = [voc(label) for label in range(256)]
GREYS = [(level, level, level) for level in range(256)]
OWN = [(37 * label % 251, 11 * label % 241, 101 - label % 97) for label in range(256)]  # of a team's own choice


def labels_of(number, of=LABELS):
    """A map with some of the labels, not the same in each file."""
    random = np.random.default_rng(number)
    mine = [of[0], *random.choice(of[1:], min(3, len(of) - 1), replace=False)]
    return random.choice(mine, (SIDE, SIDE)).astype(np.uint8)


def with_palette(indices, colours, **options):
    picture = Image.fromarray(np.asarray(indices, np.uint8))
    picture.putpalette([value for colour in colours for value in colour])
    return png(picture, **options)


def plain(colours, **options):
    """How to save labels as the indices of these colours."""
    return lambda labels: with_palette(labels, colours, **options)


def optimised(colours, order, fill=()):
    """How a tool saves these colours: those of the map alone, `order` of (colour, pixels) first, then `fill`."""

    def save(labels):
        used, number = np.unique(labels, return_counts=True)
        ranked = sorted(
            zip(used.tolist(), number.tolist(), strict=True), key=lambda one: order(colours[one[0]], one[1])
        )
        indices = np.zeros(256, np.uint8)
        for index, (label, _) in enumerate(ranked):
            indices[label] = index
        return with_palette(indices[labels], [colours[label] for label, _ in ranked] + list(fill))

    return save


def by_frequency(colour, pixels):
    return -pixels


def by_luminance(colour, pixels):
    return 299 * colour[0] + 587 * colour[1] + 114 * colour[2]


def brightest_first(colour, pixels):
    return -by_luminance(colour, pixels)


def quantized(colours, method):
    """Pillow's own quantizer on the picture of the labels in colours."""
    return lambda labels: png(
        Image.open(io.BytesIO(with_palette(labels, colours))).convert("RGB").quantize(256, method=method)
    )


def sorted_whole(colours):
    """Pillow's remap_palette over all 256 colours, as editors sort a colour map."""
    order = sorted(range(256), key=lambda label: by_luminance(colours[label], 0))
    return lambda labels: png(Image.open(io.BytesIO(with_palette(labels, colours))).remap_palette(order))


def alternately(*ways):
    turns = iter(range(1000))
    return lambda labels: ways[next(turns) % len(ways)](labels)  # noqa: PLW0108 (in turns)


def as_grey_where_possible(labels):
    """As an optimiser does: VOC's labels 7, 56 and 63 are greys, and a map of these becomes a grey PNG."""
    if all(len(set(VOC[label])) == 1 for label in np.unique(labels)):
        return png(np.array([colour[0] for colour in VOC])[labels])
    return with_palette(labels, VOC)


def greys_or_colours(number):
    return labels_of(number, (0, 7, 56, 63) if number == 2 else LABELS)


CERTAIN = {
    "grey": png,
    "VOC's colours": plain(VOC),
    "VOC's 21 colours, the others black": plain(VOC[:21] + [(0, 0, 0)] * 235),
    "VOC's colours with a white border": plain([*VOC[:255], (255, 255, 255)]),
    "VOC's colours, shortened": lambda labels: with_palette(labels, VOC[: labels.max() + 1]),
    "the grey ramp": plain(GREYS),
    "the grey ramp, shortened": lambda labels: with_palette(labels, GREYS[: labels.max() + 1]),
    "a team's colours": plain(OWN),
    "a team's colours, shortened": lambda labels: with_palette(labels, OWN[: labels.max() + 1]),
    "a team's colours of used labels only": lambda labels: with_palette(
        labels, [colour if label in labels else (0, 0, 0) for label, colour in enumerate(OWN)]
    ),
    "all colours black": plain([(0, 0, 0)] * 256),
    "transparency": plain(VOC, transparency=0),
    "grey and VOC's colours": alternately(png, plain(VOC)),
    "grey and the grey ramp": alternately(png, plain(GREYS)),
    "grey and a team's colours": alternately(png, plain(OWN)),
    "more labels than colours": plain(VOC[:21]),
}
UNCLEAR = {
    "greys by frequency": optimised(GREYS, by_frequency),
    "greys by luminance": optimised(GREYS, by_luminance),
    "greys, brightest first, filled up": optimised(GREYS, brightest_first, [(0, 0, 0)] * 200),
    "greys, twice as bright": plain([(min(2 * level, 255),) * 3 for level in range(256)]),
    "greys backwards": plain(GREYS[::-1]),
    "grey and greys by frequency": alternately(png, optimised(GREYS, by_frequency)),
    "VOC's colours by frequency": optimised(VOC, by_frequency),
    "VOC's colours by luminance": optimised(VOC, by_luminance),
    "VOC's colours, brightest first": optimised(VOC, brightest_first),
    "VOC's colours, all sorted": sorted_whole(VOC),
    "VOC's colours, some by frequency": alternately(plain(VOC), optimised(VOC, by_frequency)),
    "quantized, median cut": quantized(VOC, Image.Quantize.MEDIANCUT),
    "quantized, maximum coverage": quantized(VOC, Image.Quantize.MAXCOVERAGE),
    "quantized, fast octree": quantized(VOC, Image.Quantize.FASTOCTREE),
    "a team's colours by frequency": optimised(OWN, by_frequency),
    "a team's colours by luminance": optimised(OWN, by_luminance),
    "a team's colours, some by frequency": alternately(plain(OWN), optimised(OWN, by_frequency)),
    "a team's colours, filled up": optimised(OWN, by_frequency, [(255, 255, 255)] * 9),
    "two teams' colours": alternately(plain(OWN), plain([colour[::-1] for colour in OWN])),
    "Pillow's web colours": lambda labels: png(
        Image.open(io.BytesIO(with_palette(labels, VOC))).convert("RGB").convert("P")
    ),
    "no palette given to Pillow": lambda labels: with_palette(labels % 2, GREYS[:1], bits=1),
}
SPLIT = manifest("segmentation", *((name, SIDE, SIDE) for name in NAMES))


def archive(path, save, maps=labels_of):
    return write_zip(path / "submission.zip", {f"{name}.png": save(maps(n)) for n, name in enumerate(NAMES)})


@pytest.fixture
def truth(tmp_path):
    folder = write_folder(tmp_path / "truth", {f"{name}.png": png(labels_of(n)) for n, name in enumerate(NAMES)})
    with open_ground_truth(folder, make("segmentation", {})) as opened:
        yield opened


@pytest.mark.parametrize("way", CERTAIN)
def test_the_index_is_the_label_where_nothing_contradicts_it(way, truth, tmp_path):
    assert evaluate(archive(tmp_path, CERTAIN[way]), truth)[0].scores["mean_iou"] == 1


@pytest.mark.parametrize("way", UNCLEAR)
def test_an_index_that_may_not_be_the_label_is_rejected(way, truth, tmp_path):
    path = archive(tmp_path, UNCLEAR[way])
    with pytest.raises(Rejected) as scored:
        evaluate(path, truth)
    with pytest.raises(Rejected) as checked:
        check(path, SPLIT)
    assert {problem.code for problem in scored.value.problems} == {"ambiguous_palette"}
    assert checked.value.problems == scored.value.problems
    assert "Image.fromarray(" in scored.value.problems[0].fix


@pytest.mark.parametrize("way", UNCLEAR)
def test_ground_truth_of_such_palettes_is_not_packed(way, tmp_path):
    path = archive(tmp_path, UNCLEAR[way])
    with pytest.raises(GroundTruthError, match=r"im\d\.png: .*palette.*Image\.fromarray"):
        pack(path, make("segmentation", {}), tmp_path / "pack")
    assert not (tmp_path / "pack").exists()


@pytest.mark.parametrize("way", CERTAIN)
def test_ground_truth_of_certain_palettes_is_packed_by_its_indices(way, truth, tmp_path):
    with open_ground_truth(archive(tmp_path, CERTAIN[way]), make("segmentation", {})) as packed:
        for number in range(len(NAMES)):
            assert np.array_equal(packed.read(number).decode(), truth.read(number).decode())


def test_a_map_of_greys_that_an_optimiser_took_out_of_a_palette_is_rejected(tmp_path):
    path = archive(tmp_path, as_grey_where_possible, greys_or_colours)
    with pytest.raises(Rejected) as rejected:
        check(path, SPLIT)
    assert [problem.file for problem in rejected.value.problems] == ["im2.png"]
    check(archive(tmp_path, plain(VOC), greys_or_colours), SPLIT)


def test_maps_of_all_classes_in_a_palette_of_as_many_colours_are_taken(tmp_path):
    """Nothing is left to tell them from a sorted palette, and honest maps of few classes look like that."""
    few = manifest("segmentation", *((name, SIDE, SIDE) for name in NAMES), num_classes=3)
    every = lambda number: np.arange(SIDE * SIDE, dtype=np.uint8).reshape(SIDE, SIDE) % 4  # noqa: E731
    check(archive(tmp_path, plain(OWN[:4]), every), few)
    with pytest.raises(Rejected):
        check(archive(tmp_path, plain(OWN[:4]), every), SPLIT)


def test_a_lone_map_that_cannot_be_compared_is_taken_with_a_warning(tmp_path):
    save = optimised(OWN, by_frequency)
    alone = write_zip(tmp_path / "alone.zip", {"im0.png": save(labels_of(0))})
    (warning,) = check(alone, manifest("segmentation", ("im0", SIDE, SIDE))).warnings
    assert warning.startswith("im0.png: its indices were read as labels")
    with pytest.raises(GroundTruthError, match="a tool may have sorted its palette"):
        pack(alone, make("segmentation", {}), tmp_path / "pack")


def test_the_verdict_is_the_same_by_any_number_of_processes(tmp_path):
    """The maps that contradict each other lie in different chunks."""
    names = [f"{number:03}" for number in range(150)]
    split = manifest("segmentation", *((name, 4, 4) for name in names))
    maps = {f"{name}.png": with_palette(np.full((4, 4), 5), OWN) for name in names}
    write_zip(tmp_path / "good.zip", maps)
    moved = [*OWN[:5], OWN[9], *OWN[6:9], OWN[5], *OWN[10:]]
    maps["140.png"] = with_palette(np.full((4, 4), 9), moved)
    write_zip(tmp_path / "bad.zip", maps)
    verdicts = []
    for jobs in (1, 3):
        check(tmp_path / "good.zip", split, jobs=jobs)
        with pytest.raises(Rejected) as rejected:
            check(tmp_path / "bad.zip", split, jobs=jobs)
        verdicts.append(rejected.value.to_json())
    assert verdicts[0] == verdicts[1]
    assert [problem["file"] for problem in json.loads(verdicts[0])["problems"]] == ["140.png"]


@pytest.mark.parametrize("decoder", DECODERS)
def test_every_decoder_comes_to_the_same_verdicts(decoder, tmp_path):
    with only(decoder):
        check(archive(tmp_path, CERTAIN["grey and a team's colours"]), SPLIT)
        for way in ("a team's colours by frequency", "greys, twice as bright"):
            with pytest.raises(Rejected):
                check(archive(tmp_path, UNCLEAR[way]), SPLIT)


FIELD_CASES = json.loads((FIELD / "expected.json").read_text())["cases"] if FIELD.is_dir() else {}


@pytest.mark.skipif(not FIELD_CASES, reason=f"no cases at {FIELD} (set LID_CASES)")
@pytest.mark.parametrize("name", [name for name in FIELD_CASES if name.startswith("palette_")])
def test_maps_of_real_tools_are_scored_as_meant_or_rejected(name, run):
    case = FIELD_CASES[name]
    answer = run(
        "score", case["scorer"], FIELD / case["submission"], "--ground-truth", FIELD / case["gt"], "--json"
    )
    outcome = {"outcome": answer.outcome["outcome"]}
    if outcome["outcome"] == "scored":
        outcome["mean_iou"] = pytest.approx(answer.outcome["scores"]["mean_iou"], rel=0, abs=1e-9)
    assert outcome in case["right"]
