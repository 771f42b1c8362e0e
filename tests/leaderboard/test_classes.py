"""Classes beside each other, by tables: order, search, wins and losses, and what is undefined."""

import csv
import json
from io import StringIO
from types import SimpleNamespace

import numpy as np
import pytest

from evaluator.contract import Metric
from evaluator.scorers.scene_parsing import SceneParsing
from evaluator.scorers.segmentation import Segmentation
from leaderboard.classes.rows import ClassRow, ClassValue, WinsAndLosses, build_rows, signed, wins_and_losses
from leaderboard.classes.sort import largest_spread, search_rows, sort_orders, sort_rows
from leaderboard.exports import csv as csv_file
from leaderboard.exports import json as json_file
from leaderboard.exports.table import ClassTable, Column, Row

IOU = Metric("iou", "IoU")
DISTANCE = Metric("distance", "Distance", unit="px", decimals=1, higher_is_better=False)
NAMES = {0: "background", 1: "accordion", 2: "airplane", 3: "Bench"}


def row(label, iou, accuracy=0.5, pixels=10):
    return {"label": label, "iou": iou, "accuracy": accuracy, "pixels": pixels}


def rows(*of_each, bands=None, margins=None):
    """Rows of teams whose IoU of the classes from 1 on are these."""
    tables = [[row(label, iou) for label, iou in enumerate(team, 1)] for team in of_each]
    return beside(tables, bands, margins)


def beside(tables, bands=None, margins=None):
    return build_rows(tables, bands or [None] * len(tables), NAMES, IOU, background=0, margins=margins)


def distances(*of_each, bands=None, margins=None):
    """Rows of teams whose distances of the classes from 1 on are these."""
    tables = [
        [{"label": label, "distance": px, "pixels": 9} for label, px in enumerate(team, 1)] for team in of_each
    ]
    return build_rows(tables, bands or [None] * len(tables), NAMES, DISTANCE, margins=margins)


def test_a_line_has_name_pixels_and_the_printed_value_of_each_team():
    table = (
        [row(0, 0.9, pixels=1000), row(2, 0.451849, pixels=25_600)],
        [row(0, 0.8, pixels=1000), row(2, 1.0, pixels=25_600)],
    )
    background, airplane = beside(table)
    assert background.is_background
    assert airplane == ClassRow(2, "airplane", (ClassValue("45.18"), ClassValue("100.00")), IOU, pixels=25_600)
    assert (airplane.pixels_text, airplane.difference_text) == ("25,600", "−54.82")


def test_a_class_without_a_name_is_told_by_its_label():
    assert [line.name for line in beside([[row(17, 0.1)]])] == ["class 17"]


def test_a_row_of_before_pixels_were_kept_has_none():
    assert beside([[{"label": 1, "iou": 0.5, "accuracy": 0.5}]])[0].pixels_text == "–"


@pytest.mark.parametrize("iou", [None, 0.0], ids=["undefined", "counted as 0"])
def test_a_class_that_the_truth_lacks_is_said_to_be_absent_and_compared_by_nobody(iou):
    (line,) = beside([[row(1, iou, None, 0)], [row(1, 0.0, None, 0)]])
    assert line.absent
    assert (line.difference, line.spread, line.difference_text) == (None, None, "–")
    assert wins_and_losses([line]) == WinsAndLosses(0, 0, 0, 1, None)


@pytest.mark.parametrize(
    ("one", "other", "outcome"),
    [
        ([0.5, 0.4, 0.3], [0.4, 0.4, 0.4], (1, 1, 1, 0)),
        ([0.451849], [0.451801], (0, 1, 0, 0)),  # both print 45.18
        ([0.451851], [0.451849], (1, 0, 0, 0)),  # 45.19 and 45.18
        ([0.0], [0.0], (0, 1, 0, 0)),
        ([None, 0.2], [0.0, 0.1], (1, 0, 0, 1)),
        ([], [], (0, 0, 0, 0)),
    ],
)
def test_wins_ties_and_losses_go_by_what_is_printed(one, other, outcome):
    found = wins_and_losses(rows(one, other))
    assert (found.wins, found.ties, found.losses, found.skipped) == outcome
    back = wins_and_losses(rows(other, one))
    assert (back.losses, back.ties, back.wins, back.skipped) == outcome


def test_the_background_is_no_class_to_win():
    tables = [[row(0, 0.9), row(1, 0.5)], [row(0, 0.1), row(1, 0.5)]]
    assert wins_and_losses(beside(tables)) == WinsAndLosses(0, 1, 0, 0, None)


def test_a_win_is_significant_where_the_paired_interval_excludes_zero_whatever_the_overlap():
    wide, other = (SimpleNamespace(low=[low] * 5, high=[0.9] * 5) for low in (0.1, 0.2))
    margins = [0.05, 0.3, None, 0.0, 0.00001]
    ours, theirs = [0.6, 0.6, 0.6, 0.6, 0.60003], [0.4, 0.4, 0.1, 0.4, 0.6]
    found = rows(ours, theirs, bands=[wide, other], margins=margins)
    assert [line.significant for line in found] == [True, False, False, False, False]
    assert wins_and_losses(found) == WinsAndLosses(4, 1, 0, 0, 1)
    assert found[0].difference_interval == "+15.00 to +25.00"
    assert found[2].difference_interval == ""
    back = rows(theirs, ours, bands=[other, wide], margins=margins)
    assert back[0].difference_interval == "−25.00 to −15.00"
    assert wins_and_losses(back).significant == 1


def test_files_have_the_intervals_of_differences():
    classes = tuple(rows([0.6, 0.6, None], [0.4, 0.5, 0.1], margins=[0.05, 0.3, None]))
    teams = tuple(Row(rank, name, "", ()) for rank, name in ((1, "one"), (2, "other")))
    table = ClassTable("x", "x", (Column.of(IOU),), teams, {}, classes=classes)
    said = json.loads(json_file.classes(table))["classes"]
    assert [(each["difference_interval"], each["significantly_different"]) for each in said] == [
        ([15.0, 25.0], True),
        ([-20.0, 40.0], False),
        (None, None),
    ]
    head, *lines = csv.reader(StringIO(csv_file.classes(table)))
    begin = head.index("Difference")
    assert head[begin : begin + 4] == [
        "Difference",
        "Difference, low",
        "Difference, high",
        "Significantly different",
    ]
    assert [line[begin : begin + 4] for line in lines] == [
        ["20.0", "15.0", "25.0", "yes"],
        ["10.0", "-20.0", "40.0", "no"],
        ["", "", "", ""],
    ]


def test_an_interval_without_width_is_none():
    once = SimpleNamespace(low=[0.6], high=[0.6])
    (line,) = rows([0.6], [0.4], bands=[once, SimpleNamespace(low=[0.3], high=[0.5])])
    assert line.values[0].interval == ""
    assert not line.significant
    assert wins_and_losses([line]).significant is None


@pytest.mark.parametrize(
    ("sort", "labels"),
    [
        ("label", [1, 2, 3, 4]),
        ("-label", [4, 3, 2, 1]),
        ("name", [1, 2, 3, 4]),
        ("-name", [4, 3, 2, 1]),
        ("iou", [3, 1, 2, 4]),
        ("-iou", [2, 1, 3, 4]),
        ("difference", [1, 3, 2, 4]),
        ("-difference", [2, 3, 1, 4]),
        ("nonsense", [1, 2, 3, 4]),
        ("", [1, 2, 3, 4]),
    ],
)
def test_classes_are_sorted_and_what_is_undefined_comes_last_both_ways(sort, labels):
    # differences: -30, +40, 0, none
    found = rows([0.4, 0.5, 0.1, None], [0.7, 0.1, 0.1, 0.9])
    assert [line.label for line in sort_rows(found, sort)] == labels


@pytest.mark.parametrize(
    ("text", "labels"),
    [("", [1, 2, 3]), ("air", [2]), (" AIR ", [2]), ("bench", [3]), ("3", [3]), ("a", [1, 2]), ("zebra", [])],
)
def test_a_search_finds_names_in_any_case_and_labels(text, labels):
    assert [line.label for line in search_rows(rows([0.1, 0.2, 0.3]), text)] == labels


def test_the_widest_are_those_that_differ_most_and_no_others():
    found = rows([0.4, 0.5, 0.1, None], [0.7, 0.1, 0.1, 0.9], [0.5, 0.9, 0.1, 0.2])
    assert [(line.label, line.spread_text) for line in largest_spread(found, 9)] == [(2, "80.00"), (1, "30.00")]
    assert [line.label for line in largest_spread(found, 1)] == [2]


@pytest.mark.parametrize(("points", "text"), [(3.2, "+3.20"), (-1.1, "−1.10"), (0.0, "0.00"), (-0.0, "0.00")])
def test_a_difference_has_its_sign(points, text):
    assert signed(points, 2) == text


def test_where_lower_is_better_the_lower_wins_and_a_bar_ends_at_the_largest_number():
    high = SimpleNamespace(low=[8.0, 1.0, None], high=[10.0, 2.0, None])
    low = SimpleNamespace(low=[1.0, 1.5, None], high=[3.0, 4.0, None])
    found = distances([9.04, 1.5, None], [2.0, 1.46, 3.0], bands=[high, low], margins=[1.0, 0.01, None])
    assert wins_and_losses(found) == WinsAndLosses(0, 1, 1, 1, 1)  # 1.5 and 1.46 print alike
    first = found[0]
    assert (first.difference_text, first.spread_text, first.lead) == ("+7.0", "7.0", -7.0)
    assert [value.printed for value in first.values] == ["9.0", "2.0"]
    assert first.values[0].interval == "8.0–10.0"
    assert [(value.width, value.high_width) for value in first.values] == [("90.00", "100.00"), ("20.00", "30.00")]
    assert not found[0].is_background
    assert [line.label for line in sort_rows(found, "distance")] == [2, 1, 3]
    assert not sort_orders(DISTANCE)["distance"].largest_first
    assert sort_orders(IOU)["iou"].largest_first


@pytest.mark.parametrize(
    ("pixels", "of_each", "note"),
    [
        (5, (0.0,), ""),
        (0, (None,), "absent from the truth: left out of the mean"),
        (0, (0.0,), "absent from the truth: counts as 0 in the mean"),
        (0, (0.5, 0.5), "absent from the truth: counts in the mean"),
        (0, (0.0, 0.0), "absent from the truth: counts as 0 in the mean"),
        (0, (0.0, None), "absent from the truth: counts as 0 in the mean of who predicted it, else left out"),
    ],
)
def test_a_class_that_the_truth_lacks_says_how_it_enters_the_mean(pixels, of_each, note):
    assert beside([[row(3, iou, pixels=pixels)] for iou in of_each])[0].note == note


def test_what_a_class_says_is_what_the_scorer_does():
    """Only predicted: 0 in the mean of segmentation. Neither: left out there, 0 in that of scene parsing."""
    counts = np.array([[6, 4, 0, 0], [8, 4, 0, 0], [6, 4, 2, 0]])  # true positives, target, prediction of 0 to 3
    for scorer, mean, notes in (
        (Segmentation(num_classes=3), (1 + 0) / 2, ["counts as 0 in", "left out of"]),
        (SceneParsing(num_classes=3), (1 + 0 + 0) / 3, ["counts as 0 in", "counts as 0 in"]),
    ):
        scores = scorer.compute(counts)
        assert scores["mean_iou"] == pytest.approx(mean)
        told = [line.note for line in beside([scores["per_class"]]) if line.label >= 2]
        assert told == [f"absent from the truth: {words} the mean" for words in notes]
