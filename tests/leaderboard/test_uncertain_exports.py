"""Files of a board whose intervals are known: each format carries scores with intervals and ranks with spans."""

import csv
import json
import re
from dataclasses import replace
from io import StringIO
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from evaluator.contract import Metric
from leaderboard.exports.formats import CURVE_FORMATS, TABLE_FORMATS
from leaderboard.exports.table import RANK_METHOD, SCORE_METHOD, Column, Curve, CurveTable, Row
from leaderboard.figures.axes import Axes
from tests.leaderboard.texts import assert_sound_tex, tex_rows

WRITERS = {each.extension: each.write for each in TABLE_FORMATS + CURVE_FORMATS}
SVG = "{http://www.w3.org/2000/svg}"
THRESHOLD = Metric("peak_threshold", "Peak-Threshold", unit="", decimals=0, higher_is_better=None)
AXES = Axes(Metric("iou", "IoU"), "Threshold", 255, THRESHOLD)
PRINTED = tuple(f"{60 - abs(x - 100) / 8:.2f}" for x in range(256))


def row_of(rank: int | None, team: str, value: str, *ends: str, **facts) -> Row:
    intervals = ((ends[0], ends[1]), ("–", "–")) if ends else ()
    return Row(rank, team, "", (value, "100"), "2026-11-25T03:00:00Z", intervals=intervals, **facts)


@pytest.fixture
def board() -> CurveTable:
    rows = (
        row_of(1, "a_1", "63.08", "62.40", "63.70", rank_interval=(1, 2), may_be_best=True, ranks=(("x", 2),)),
        row_of(2, "b", "62.90", "62.10", "63.60", rank_interval=(1, 2), may_be_best=False, ranks=(("x", 1),)),
        row_of(3, "c", "50.00", "49.00", "51.00", rank_interval=(3, 3), may_be_best=False),
        row_of(None, "gone", "–"),
    )
    columns = (Column("peak_iou", "Peak-IoU", "%"), Column("x", "Peak-Threshold"))
    known = rows[0].cells[0][1], rows[0].rank_interval
    curves = (Curve("a_1", 1, PRINTED, 100, 0, (), (), *known), Curve("b", 2, PRINTED, 100, 1))
    return CurveTable("lid-x-y", "Board", columns, rows, {"page": "x"}, as_of="now", axes=AXES, curves=curves)


@pytest.mark.parametrize("extension", WRITERS)
def test_every_file_says_how_its_intervals_were_computed(board, extension):
    text = WRITERS[extension](board).replace("\\", "")
    assert SCORE_METHOD in text
    assert RANK_METHOD in text
    plain = replace(board, rows=tuple(replace(row, intervals=(), rank_interval=None) for row in board.rows))
    assert "jackknife" not in WRITERS[extension](plain)


def test_csv_has_ranks_by_metric_and_who_may_be_the_best_behind_the_intervals(board):
    head, *lines = csv.reader(StringIO(WRITERS["csv"](board), newline=""), strict=True)
    at = head.index("Rank, low")
    assert head[at : at + 4] == ["Rank, low", "Rank, high", "x_rank", "May be the best"]
    assert [line[at : at + 4] for line in lines] == [
        ["1", "2", "2", "yes"],
        ["1", "2", "1", "no"],
        ["3", "3", "", "no"],
        ["", "", "", ""],
    ]
    assert all(len(line) == len(head) for line in lines)


def test_json_has_them_as_values(board):
    first, *_, last = json.loads(WRITERS["json"](board))["rows"]
    assert (first["rank_interval"], first["may_be_best"], first["ranks"]) == ([1, 2], True, {"x": 2})
    assert (last["rank_interval"], last["may_be_best"], last["ranks"]) == (None, None, {})
    curve, other = json.loads(WRITERS["curves.json"](board))["curves"]
    assert (curve["interval"], curve["rank_interval"]) == ([62.4, 63.7], [1, 2])
    assert (other["interval"], other["rank_interval"]) == (None, None)


def test_latex_prints_the_headline_with_its_interval_and_the_rank_with_its_span(board):
    source = WRITERS["tex"](board)
    assert_sound_tex(source)
    assert r"\begin{tabular}{rllrr}" in source
    assert tex_rows(source) == [
        ["Rank", "Team", "Affiliation", "Peak-IoU", "Peak-Threshold"],
        ["1 (1–2)", "a_1", "–", "63.08 [62.40, 63.70]", "100"],
        ["2 (1–2)", "b", "–", "62.90 [62.10, 63.60]", "100"],
        ["3 (3)", "c", "–", "50.00 [49.00, 51.00]", "100"],
        ["–", "gone", "–", "–", "100"],
    ]
    assert not re.search(r"\\\\\s*[\[*]", source)


def test_markdown_prints_them_too(board):
    html = MarkdownIt("gfm-like", {"linkify": False}).disable("linkify").render(WRITERS["md"](board))
    tree = ElementTree.fromstring(f"<all>{html}</all>")
    cells = [["".join(cell.itertext()) for cell in row] for row in tree.iter("tr")]
    assert cells[1] == ["1 (1–2)", "a_1", "–", "63.08 [62.40, 63.70]", "100"]
    assert cells[4] == ["–", "gone", "–", "–", "100"]


def test_figures_describe_each_curve_with_them(board):
    described = "a_1 (60.00 at 100), interval 62.40–63.70, rank 1 (1–2)"
    assert f"% {described}\n" in WRITERS["pgf.tex"](board)
    lines = ElementTree.fromstring(WRITERS["svg"](board)).iter(f"{SVG}polyline")
    assert [line.find(f"{SVG}title").text for line in lines] == [described, "b (60.00 at 100), rank 2"]
