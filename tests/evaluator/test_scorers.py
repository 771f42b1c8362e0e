"""Each scorer against a naive one that loops over pixels, written from the definition alone."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evaluator.contract import Rejected
from evaluator.rle import Rle
from evaluator.scorers import make, options_of, parse_options
from evaluator.scorers.validation import InvalidOption

MANY = settings(max_examples=400, deadline=None)
shapes = st.tuples(st.integers(1, 5), st.integers(1, 5))


def maps(shape, values):
    return arrays(np.uint8, shape, elements=st.sampled_from(values))


@st.composite
def splits(draw, truth_values, prediction_values):
    """A few (prediction, truth) pairs; few values, so that classes agree, collide and go missing."""
    sizes = draw(st.lists(shapes, min_size=1, max_size=3))
    return [(draw(maps(size, prediction_values)), draw(maps(size, truth_values))) for size in sizes]


def score(scorer, pairs):
    return scorer.compute(sum(scorer.count(prediction, Rle.encode(truth)) for prediction, truth in pairs))


def pixels_of(pairs):
    """Every pixel of a split as (predicted, true)."""
    for prediction, truth in pairs:
        yield from zip(prediction.ravel().tolist(), truth.ravel().tolist(), strict=True)


def divide(part, whole):
    return part / whole if whole else None


def mean(values):
    defined = [value for value in values if value is not None]
    return divide(sum(defined), len(defined))


def naive_classes(pixels, labels):
    """IoU and accuracy of each label from its own true and false positives and negatives."""
    iou, accuracy = {}, {}
    for label in labels:
        hits = sum(1 for predicted, true in pixels if predicted == label and true == label)
        false_alarms = sum(1 for predicted, true in pixels if predicted == label and true != label)
        misses = sum(1 for predicted, true in pixels if predicted != label and true == label)
        iou[label] = divide(hits, hits + false_alarms + misses)
        accuracy[label] = divide(hits, hits + misses)
    return iou, accuracy


def same(value, expected):
    if expected is None:
        return value is None
    return value is not None and math.isclose(value, expected, rel_tol=0, abs_tol=1e-12)


def assert_table(table, iou, accuracy):
    assert [row["label"] for row in table] == list(iou)
    for row in table:
        assert same(row["iou"], iou[row["label"]])
        assert same(row["accuracy"], accuracy[row["label"]])


@pytest.mark.slow
@MANY
@given(splits([0, 1, 2, 4, 9, 255], [0, 1, 2, 3, 4]), st.sampled_from([255, 9, 2, 0, None]), st.booleans())
def test_segmentation_is_what_the_naive_loop_counts(pairs, ignore_label, background_in_mean):
    options = {"ignore_label": ignore_label, "background_in_mean": background_in_mean}
    valid = {0, 1, 2, 3, 4, ignore_label}
    pairs = [(prediction, np.where(np.isin(truth, list(valid)), truth, 1)) for prediction, truth in pairs]
    pairs = [(prediction, truth.astype(np.uint8)) for prediction, truth in pairs]
    scores = score(make("segmentation", {"num_classes": 4, **options}), pairs)

    pixels = [(predicted, true) for predicted, true in pixels_of(pairs) if true != ignore_label]
    iou, accuracy = naive_classes(pixels, [label for label in range(5) if label != ignore_label])
    meant = [label for label in iou if label > 0 or background_in_mean]
    assert same(scores["mean_iou"], mean(iou[label] for label in meant))
    assert same(scores["mean_accuracy"], mean(accuracy[label] for label in meant))
    assert same(scores["mean_iou_with_background"], mean(iou.values()))
    right = sum(1 for predicted, true in pixels if predicted == true)
    assert same(scores["pixel_accuracy"], divide(right, len(pixels)))
    assert_table(scores["per_class"], iou, accuracy)


@pytest.mark.parametrize(
    ("true", "ignored", "expected"),
    [
        ([3, 1, 0, 1], 2, (1 / 3 + 0) / 2),  # of the classes 1 and 3; 2 is none, though it is predicted
        ([3, 1, 3, 1], 2, (1 / 3 + 0) / 2),
        ([3, 1, 2, 1], 2, (1 / 2 + 0) / 2),
        ([3, 1, 1, 1], 3, (2 / 3 + 0) / 2),
    ],
)
def test_an_ignored_label_between_the_classes_is_no_class(true, ignored, expected):
    scorer = make("segmentation", {"num_classes": 3, "ignore_label": ignored})
    scores = score(scorer, [(np.array([[2, 1, 1, 2]], np.uint8), np.array([true], np.uint8))])
    assert same(scores["mean_iou"], expected)
    assert [row["label"] for row in scores["per_class"]] == [label for label in range(4) if label != ignored]


@pytest.mark.parametrize("background_in_mean", [False, True])
def test_an_ignored_background_counts_in_no_mean(background_in_mean):
    options = {"num_classes": 2, "ignore_label": 0, "background_in_mean": background_in_mean}
    pair = np.array([[0, 1, 2, 2]], np.uint8), np.array([[1, 1, 2, 0]], np.uint8)
    scores = score(make("segmentation", options), [pair])
    assert (scores["mean_iou"], scores["mean_iou_with_background"]) == (0.75, 0.75)  # of 1/2 and 1/1
    assert [row["label"] for row in scores["per_class"]] == [1, 2]


@pytest.mark.slow
@MANY
@given(splits([0, 1, 2, 3, 5], [0, 1, 2, 4, 5]))
def test_scene_parsing_is_what_the_naive_loop_counts(pairs):
    scores = score(make("scene-parsing", {"num_classes": 5}), pairs)

    pixels = [(predicted, true) for predicted, true in pixels_of(pairs) if true > 0]
    iou, accuracy = naive_classes(pixels, range(1, 6))
    iou = {label: value or 0.0 for label, value in iou.items()}
    assert same(scores["mean_iou"], sum(iou.values()) / 5)
    assert same(scores["mean_accuracy"], mean(accuracy.values()))
    right = sum(1 for predicted, true in pixels if predicted == true)
    assert same(scores["pixel_accuracy"], divide(right, len(pixels)))
    assert_table(scores["per_class"], iou, accuracy)


LEVELS = [0, 1, 2, 127, 128, 129, 254, 255]


def naive_curve(pixels, foreground_above):
    """IoU at each threshold, pixel by pixel; pixels are (level, mask value)."""
    curve = []
    for threshold in range(256):
        hits = sum(1 for level, mask in pixels if level >= threshold and mask > foreground_above)
        false_alarms = sum(1 for level, mask in pixels if level >= threshold and mask <= foreground_above)
        misses = sum(1 for level, mask in pixels if level < threshold and mask > foreground_above)
        curve.append(hits / (hits + false_alarms + misses))
    return curve


@pytest.mark.slow
@MANY
@given(splits(LEVELS, LEVELS), st.sampled_from([128, 0, 200]), st.sampled_from([None, 255, 127]))
def test_localization_is_what_the_naive_loop_counts(pairs, foreground_above, ignore_value):
    pairs.append((np.array([[2]], np.uint8), np.array([[254]], np.uint8)))  # some foreground, whatever the options
    scorer = make("localization", {"foreground_above": foreground_above, "ignore_value": ignore_value})
    scores = score(scorer, pairs)

    pixels = [(level, mask) for level, mask in pixels_of(pairs) if mask != ignore_value]
    curve = naive_curve(pixels, foreground_above)
    assert all(map(same, scores["iou_curve"], curve))
    assert scores["peak_iou"] == max(scores["iou_curve"])
    assert scores["peak_threshold"] == max(t for t in range(256) if scores["iou_curve"][t] == scores["peak_iou"])


def test_a_perfect_binary_map_peaks_at_255_and_a_constant_one_at_its_own_level():
    mask = np.array([[0, 255, 255]], np.uint8)
    perfect = score(make("localization", {}), [(mask, mask)])
    constant = score(make("localization", {}), [(np.full_like(mask, 40), mask)])
    assert (perfect["peak_iou"], perfect["peak_threshold"]) == (1, 255)
    assert (constant["peak_iou"], constant["peak_threshold"]) == (2 / 3, 40)


def test_an_image_without_foreground_only_adds_false_alarms():
    mask, empty = np.array([[255, 255]], np.uint8), np.zeros((1, 2), np.uint8)
    both = score(make("localization", {}), [(mask, mask), (mask, empty)])
    assert both["peak_iou"] == 0.5


def test_a_map_of_another_size_is_resized_bilinearly_before_the_threshold():
    heat_map = np.array([[0, 100]], np.uint8)
    counts = make("localization", {}).count(heat_map, Rle.encode(np.full((1, 4), 255, np.uint8)))
    assert np.flatnonzero(counts[0]).tolist() == [
        0,
        25,
        75,
        100,
    ]  # by hand: the pixel centres lie at 1/4 and 3/4


def test_a_label_above_the_last_class_is_refused_even_where_it_would_be_ignored():
    for scorer, highest in (("segmentation", 200), ("scene-parsing", 150)):
        make(scorer, {}).validate_prediction(np.array([[highest]], np.uint8), "a.png")
        for label in (highest + 1, 255):
            with pytest.raises(Rejected, match="label_out_of_range"):
                make(scorer, {}).validate_prediction(np.array([[0, label]], np.uint8), "a.png")


def test_counts_do_not_overflow_32_bits():
    counts = np.zeros((2, 256), np.int64)
    counts[:, 255] = 3 * 2**31, 2**31
    assert make("localization", {}).compute(counts)["peak_iou"] == 0.75


def test_options_are_read_from_texts_and_default_to_the_published_ones():
    assert options_of(make("segmentation", {})) == {
        "num_classes": 200,
        "ignore_label": 255,
        "background_in_mean": False,
    }
    assert options_of(make("scene-parsing", {})) == {"num_classes": 150}
    defaults = {"foreground_above": 128, "ignore_value": None, "resize": "bilinear"}
    assert options_of(make("localization", {})) == defaults
    texts = ["num_classes=20", "ignore_label=none", "background_in_mean=True"]
    options = {"num_classes": 20, "ignore_label": None, "background_in_mean": True}
    assert options_of(make("segmentation", parse_options(texts))) == options


@pytest.mark.parametrize(
    ("scorer", "text"),
    [
        ("segmentation", "classes=3"),
        ("segmentation", "num_classes"),
        ("segmentation", "num_classes=0"),
        ("segmentation", "num_classes=256"),
        ("segmentation", "num_classes=many"),
        ("segmentation", "num_classes=true"),
        ("segmentation", "ignore_label=300"),
        ("segmentation", "ignore_label=-1"),
        ("segmentation", "background_in_mean=1"),
        ("scene-parsing", "ignore_label=255"),
        ("scene-parsing", "num_classes=none"),
        ("localization", "foreground_above=255"),
        ("localization", "ignore_value=1.5"),
        ("localization", "resize=nearest"),
    ],
)
def test_an_option_that_cannot_be_is_refused(scorer, text):
    with pytest.raises(InvalidOption):
        make(scorer, parse_options([text]))
