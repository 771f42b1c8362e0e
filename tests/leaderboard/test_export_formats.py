"""Each format of a table and its curves, read back by other means than it was written by."""

import csv
import json
import re
from dataclasses import replace
from io import StringIO
from xml.etree import ElementTree

import pytest
from django.conf import settings
from markdown_it import MarkdownIt

from evaluator.contract import Metric
from leaderboard.exports.formats import CURVE_FORMATS, TABLE_FORMATS
from leaderboard.exports.svg import COLOURS
from leaderboard.exports.table import Column, Curve, CurveTable, Mark, Row
from leaderboard.figures.axes import Axes
from server.spreadsheets import escape_formula
from tests.leaderboard.texts import as_printed, assert_sound_tex, tex_rows

WRITERS = {each.extension: each.write for each in TABLE_FORMATS + CURVE_FORMATS}
SVG = "{http://www.w3.org/2000/svg}"
NASTY = (
    "a&b%c$d#e_f{g}h~i^j\\k",
    "<b>bold</b> | `code` *x*",
    '=HYPERLINK("http://evil.example","x")',
    "-- --- '' ,, ?` !`",
    "Größenwahn & Söhne",
    "清华 – 東京 — Łódź",
    "]]> &amp; \\\\ \\end{tabular}",
    "www.evil.example https://evil.example @all",
)

PEAK_THRESHOLD = Metric("peak_threshold", "Peak-Threshold", unit="", decimals=0, higher_is_better=None)
AXES = Axes(Metric("iou_curve", "IoU"), "Threshold", 255, PEAK_THRESHOLD)


def curve_of(number: int) -> Curve:
    """A roof with its peak at 10 × number."""
    peak = 10 * number
    printed = tuple(f"{(60 + number) * (1 - abs(t - peak) / 256):.2f}" for t in range(256))
    return Curve(NASTY[number - 1], number, printed, peak)


@pytest.fixture
def board():
    rows = [
        Row(number, name, f"Team {name}", (f"{90 - number}.50", str(number)), "2026-11-25T03:00:00Z")
        for number, name in enumerate(NASTY, 1)
    ]
    struck = Row(None, "gone", "", ("–", "-7"), marks=(Mark("disqualified", "=1+1 | cheated"), Mark("baseline")))
    curves = tuple(curve_of(number) for number, _ in enumerate(rows, 1))
    columns = (Column("peak_iou", "Peak-IoU", "%"), Column("peak_threshold", "Peak-Threshold"))
    facts = {"page": "https://lid.example/tracks/x/y/leaderboard/", "rule": 3, "ground_truth": "0123456789ab"}
    moment = "2026-11-25T04:05:06Z"
    board = ("lid-x-y", "100 % {of} a_track", columns, (*rows, struck), facts)
    return CurveTable(*board, as_of=moment, axes=AXES, curves=curves)


@pytest.mark.parametrize("extension", WRITERS)
def test_every_file_says_when_by_what_and_where(board, extension):
    text = WRITERS[extension](board)
    for said in ("2026-11-25T04:05:06Z", "https://lid.example/tracks/x/y/leaderboard/", "0123456789ab"):
        assert said in text
    assert board.content[:12] in text


@pytest.mark.parametrize("extension", WRITERS)
def test_the_same_table_is_the_same_file(board, extension):
    assert WRITERS[extension](board) == WRITERS[extension](board)


def test_csv_gives_names_back_and_lets_no_cell_be_a_formula(board):
    text = WRITERS["csv"](board)
    assert text.count("\r\n") == len(text.splitlines()) == 10
    head, *lines = csv.reader(StringIO(text, newline=""), strict=True)
    assert head[:5] == ["Rank", "Team", "Affiliation", "Peak-IoU (%)", "Peak-Threshold"]
    expected = [f"'{name}" if name[0] in "=-" else name for name in NASTY]
    assert [line[1] for line in lines] == [*expected, "gone"]
    assert [line[0] for line in lines] == [*"12345678", ""]
    assert lines[0][3:6] == ["89.50", "1", "2026-11-25T03:00:00Z"]
    assert all(len(line) == len(head) for line in lines)
    assert not any(cell[:1] in "=+@\t" for line in lines for cell in line if cell)


def test_csv_keeps_negative_numbers_and_leaves_undefined_ones_empty(board):
    *_, struck = csv.reader(StringIO(WRITERS["csv"](board), newline=""))
    assert struck[3:5] == ["", "-7"]
    assert struck[6] == "disqualified: =1+1 | cheated; baseline"


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "﹣"])
def test_a_text_that_could_begin_a_formula_is_prefixed(first):
    assert escape_formula(f"{first}1") == f"'{first}1"
    assert escape_formula(f"1{first}") == f"1{first}"


def test_json_has_numbers_as_numbers_and_names_as_they_are(board):
    said = json.loads(WRITERS["json"](board))
    assert [row["team"] for row in said["rows"]] == [*NASTY, "gone"]
    assert said["rows"][0]["values"] == {"peak_iou": 89.5, "peak_threshold": 1}
    assert said["rows"][-1]["values"] == {"peak_iou": None, "peak_threshold": -7}
    assert said["rows"][-1]["marks"][0] == {"mark": "disqualified", "reason": "=1+1 | cheated"}
    assert (said["rows"][-1]["rank"], said["rows"][-1]["affiliation"], said["rule"]) == (None, None, 3)


def test_markdown_is_one_table_of_plain_text(board):
    reader = MarkdownIt("gfm-like", {"linkify": False}).disable("linkify")
    html = reader.render(WRITERS["md"](board))
    tree = ElementTree.fromstring(f"<all>{html}</all>")
    cells = [["".join(cell.itertext()) for cell in row] for row in tree.iter("tr")]
    assert cells[0] == ["Rank", "Team", "Affiliation", "Peak-IoU (%)", "Peak-Threshold", "Marks"]
    assert [row[1] for row in cells[1:]] == [*NASTY, "gone"]
    assert cells[-1] == ["–", "gone", "–", "–", "-7", "disqualified: =1+1 | cheated; baseline"]
    assert {each.tag for each in tree.iter()} <= {
        *("all", "h1", "table", "thead", "tbody", "tr", "th", "td", "ul", "li")
    }


def test_markdown_leaves_nothing_that_becomes_a_link_by_itself(board):
    (rows,) = re.findall(r"(?s)\n(\|.*\|)\n", WRITERS["md"](board))
    assert not re.search(r"www\.|[^\\]://|(?<!\\)[@<]", rows)


def test_latex_prints_every_cell_as_it_reads(board):
    source = WRITERS["tex"](board)
    assert_sound_tex(source)
    head, *rows = tex_rows(source)
    assert head == ["Team", "Affiliation", "Peak-IoU", "Peak-Threshold"]
    assert [row[0] for row in rows] == [*NASTY, "gone (disqualified, baseline)"]
    assert rows[0] == [NASTY[0], f"Team {NASTY[0]}", "89.50", "1"]
    assert rows[-1][1] == "–"
    assert "need LuaLaTeX or XeLaTeX" in source


def test_latex_draws_no_two_letters_together_as_a_third(board):
    code = re.sub(r"(?m)^%.*$", "", WRITERS["tex"](board))
    assert not re.search(r"--|''|,,|<<|>>|[?!]`", code)


@pytest.mark.parametrize("team", ["[2pt] and on", "* and on"])
def test_a_team_is_no_option_of_the_row_before(board, team):
    one, other, *_ = board.rows
    source = WRITERS["tex"](replace(board, rows=(one, replace(other, team=team))))
    assert not re.search(r"\\\\\s*[\[*]", source)
    assert tex_rows(source)[2][0] == team


def test_latex_breaks_a_long_affiliation_into_lines(board):
    assert "{tabular}{lp{0.35\\linewidth}rr}" in WRITERS["tex"](board)
    short = replace(board, rows=board.rows[:1])
    assert "{tabular}{llrr}" in WRITERS["tex"](short)


def test_bibtex_counts_its_braces_even(board):
    entry = WRITERS["bib"](board)
    assert entry.startswith("@misc{lid-x-y-2026-11-25,\n")
    assert entry.count("{") == entry.count("}")
    assert r"\url{https://lid.example/tracks/x/y/leaderboard/}" in entry
    (title,) = re.findall(r"title = \{\{(.*)\}\},", entry)
    assert as_printed(title) == "100 % {of} a_track"
    assert "urldate = {2026-11-25}" in entry
    assert "Rule: 3" in entry


def test_the_svg_draws_the_printed_numbers(board):
    root = ElementTree.fromstring(WRITERS["svg"](board))
    assert root.find(f"{SVG}title").text == "100 % {of} a_track: IoU-Threshold curves"
    assert "Rule: 3" in root.find(f"{SVG}desc").text
    lines = [each.get("points").split() for each in root.iter(f"{SVG}polyline")]
    assert len(lines) == len(NASTY)
    for number, line in enumerate(lines, 1):
        points = [tuple(map(float, point.split(","))) for point in line]
        left, right, bottom, top, highest = 56, 944, 436, 16, 70  # the peak of 68 lies below 70
        read = [(bottom - y) / (bottom - top) * highest for _, y in points]
        assert read == pytest.approx(list(map(float, curve_of(number).printed)), abs=0.002)
        assert [x for x, _ in points] == pytest.approx(
            [left + t / 255 * (right - left) for t in range(256)], abs=0.01
        )


def test_the_svg_names_every_curve_and_marks_its_peak(board):
    root = ElementTree.fromstring(WRITERS["svg"](board))
    labels = [each.text for each in root.iter(f"{SVG}text") if each.get("class") == "name"]
    assert [f"{name} ({60 + n}.00 at {10 * n})" for n, name in enumerate(NASTY, 1)] == labels[-len(NASTY) :]
    drawn = {each.get("id") for each in root.iter(f"{SVG}path") if each.get("id")}
    used = [each.get("href")[1:] for each in root.iter(f"{SVG}use")]
    assert len(used) == 2 * len(NASTY)
    assert set(used) <= drawn


def test_the_svg_asks_for_nothing_else(board):
    text = WRITERS["svg"](board)
    assert not re.search(r"<script|<image|<foreignObject|url\(|@import| on\w+=|href=\"(?!#)", text)


def test_files_have_the_colours_of_the_pages():
    style = (settings.BASE_DIR / "server/static/css/colours.css").read_text()
    light = style[: style.index("prefers-color-scheme: dark")]
    assert tuple(re.findall(r"--s[1-8]: (#\w{6})", light)) == COLOURS


def test_pgfplots_holds_every_point_and_every_peak(board):
    source = WRITERS["pgf.tex"](board)
    assert_sound_tex(source)
    plots = re.findall(r"\\addplot\[(.*)\] coordinates \{(.*)\};", source)
    curves = [points for style, points in plots if "forget plot" in style]
    peaks = [points for style, points in plots if "mark=" in style]
    for number, (points, peak) in enumerate(zip(curves, peaks, strict=True), 1):
        pairs = re.findall(r"\((\d+),([\d.]+)\)", points)
        assert pairs == [(str(t), iou) for t, iou in enumerate(curve_of(number).printed)]
        assert peak == f"({10 * number},{60 + number}.00)"
    legend = [as_printed(entry) for entry in re.findall(r"\\addlegendentry\{(.*)\}", source)]
    assert legend == [f"{name} ({60 + n}.00 at {10 * n})" for n, name in enumerate(NASTY, 1)]


def test_curves_as_csv_are_a_line_per_threshold_and_a_column_per_team(board):
    head, *lines = csv.reader(StringIO(WRITERS["curves.csv"](board), newline=""), strict=True)
    assert head[0] == "Threshold"
    assert [name.removeprefix("'") for name in head[1 : len(NASTY) + 1]] == list(NASTY)
    assert [line[0] for line in lines] == [str(t) for t in range(256)]
    for number in range(1, len(NASTY) + 1):
        assert tuple(line[number] for line in lines) == curve_of(number).printed


def test_curves_as_json_have_256_numbers_and_their_peak(board):
    curves = json.loads(WRITERS["curves.json"](board))["curves"]
    assert [curve["team"] for curve in curves] == list(NASTY)
    assert curves[1]["iou"] == [float(iou) for iou in curve_of(2).printed]
    assert (curves[1]["peak_iou"], curves[1]["peak_threshold"], curves[1]["rank"]) == (62.0, 20, 2)


def test_the_content_is_another_when_a_cell_is_and_the_same_at_another_moment(board):
    assert replace(board, as_of="2027-01-01T00:00:00Z").content == board.content
    assert replace(board, rows=board.rows[1:]).content != board.content
