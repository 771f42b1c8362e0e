"""The geometry of the figure of curves."""

from itertools import pairwise

import pytest

from evaluator.contract import Metric
from leaderboard.figures.axes import Axes, round_numbers, round_step
from leaderboard.figures.curve import WHOLE, Band, Curve, Window
from leaderboard.figures.curve import figure as lay_out
from leaderboard.figures.label_layout import LINE_HEIGHT

PEAK_THRESHOLD = Metric("peak_threshold", "Peak-Threshold", unit="", decimals=0, higher_is_better=None)
AXES = Axes(Metric("iou_curve", "IoU"), "Threshold", 255, PEAK_THRESHOLD)
# A roof: from 0 at threshold 0 up to 0.51 at 102, and down to 0 at 255.
ROOF = [0.51 * t / 102 if t <= 102 else 0.51 * (255 - t) / 153 for t in range(256)]


def figure(curves, window=WHOLE):
    return lay_out(curves, AXES, window)


@pytest.fixture
def plot():
    return figure([Curve("1", "alices", ROOF, 102)])


def test_a_curve_has_256_points_from_edge_to_edge(plot):
    (series,) = plot.series
    assert len(series.points) == 256
    assert (series.points[0].x, series.points[255].x) == (plot.left, plot.right)
    steps = [after.x - before.x for before, after in pairwise(series.points)]
    assert max(steps) - min(steps) < 0.03  # even, but for the rounding to hundredths
    assert len(series.polyline.split()) == 256


def test_the_peak_is_marked_where_the_peak_is(plot):
    (series,) = plot.series
    assert series.peak == series.points[102]
    assert series.peak.y == min(point.y for point in series.points)
    assert series.peak.x == pytest.approx(plot.left + 0.4 * (plot.right - plot.left))
    assert (series.peak_x, series.peak_value) == (102, "51.00")


def test_zero_lies_at_the_bottom_and_the_scale_ends_at_the_next_ten_percent(plot):
    (series,) = plot.series
    assert series.points[0].y == series.points[255].y == plot.bottom
    assert plot.highest == pytest.approx(60)
    height = plot.bottom - plot.top
    assert series.peak.y == pytest.approx(plot.bottom - 0.51 / 0.6 * height, abs=0.01)


@pytest.mark.parametrize(("peak", "highest"), [(0.0, 10), (0.04, 10), (0.45, 50), (0.92, 100), (1.0, 100)])
def test_the_scale_holds_the_highest_curve(peak, highest):
    plot = figure([Curve("1", "a", [peak] * 256, 255), Curve("2", "b", [0.0] * 256, 255)])
    assert plot.highest == pytest.approx(highest)
    assert all(plot.top <= point.y <= plot.bottom for series in plot.series for point in series.points)


def test_ticks_stand_at_their_values(plot):
    assert [tick.text for tick in plot.x_ticks] == ["0", "32", "64", "96", "128", "160", "192", "224", "255"]
    assert [tick.text for tick in plot.y_ticks] == ["0", "10", "20", "30", "40", "50", "60"]
    assert (plot.x_ticks[0].at, plot.x_ticks[-1].at) == (plot.left, plot.right)
    assert (plot.y_ticks[0].at, plot.y_ticks[-1].at) == (plot.bottom, plot.top)


def test_thirty_curves_can_be_told_apart():
    plot = figure([Curve(str(number), f"team {number}", ROOF, 102) for number in range(30)])
    assert len({(series.colour, series.dash) for series in plot.series}) == 30
    assert [series.label for series in plot.series] == [f"team {number}" for number in range(30)]
    assert {series.colour for series in plot.series} == set(range(1, 9))


def test_a_figure_is_drawn_by_the_printed_numbers_and_tells_no_more():
    plot = figure([Curve("1", "a", [0.123456] * 256, 255), Curve("2", "b", [0.12354] * 256, 255)])
    first, second = plot.series
    assert set(first.printed) == {"12.35"} == set(second.printed)
    assert first.points == second.points


@pytest.mark.parametrize(
    ("window", "ticks"),
    [
        (Window(100, 110, 20, 50), ["100", "101", "102", "103", "104", "105", "106", "107", "108", "109", "110"]),
        (Window(3, 60, 20, 50), ["10", "20", "30", "40", "50", "60"]),
        (Window(0, 200, 20, 50), ["0", "20", "40", "60", "80", "100", "120", "140", "160", "180", "200"]),
    ],
)
def test_a_zoomed_figure_spans_its_window_and_has_round_ticks(window, ticks):
    plot = figure([Curve("1", "alices", ROOF, 102)], window)
    (series,) = plot.series
    assert len(series.points) == window.last - window.first + 1
    assert (series.points[0].x, series.points[-1].x) == (plot.left, plot.right)
    assert (plot.y(20), plot.y(50)) == (plot.bottom, plot.top)
    assert [tick.text for tick in plot.x_ticks] == ticks
    assert [tick.text for tick in plot.y_ticks] == ["20", "25", "30", "35", "40", "45", "50"]
    assert plot.clipped


@pytest.mark.parametrize(
    ("window", "seen"),
    [
        (WHOLE, True),
        (Window(102, 110), True),
        (Window(103, 110), False),
        (Window(0, 255, 0, 52), True),
        (Window(0, 255, 0, 50), False),
        (Window(0, 255, 52, 90), False),
    ],
)
def test_a_peak_is_marked_only_inside_the_window(window, seen):
    plot = figure([Curve("1", "alices", ROOF, 102)], window)
    assert plot.series[0].peak_visible is seen
    assert len(plot.peaks) == seen


def test_a_band_is_a_closed_shape_and_the_scale_holds_it():
    band = Band([iou * 0.9 for iou in ROOF], [iou * 1.3 for iou in ROOF])
    plot = figure([Curve("1", "alices", ROOF, 102, band=band)])
    (series,) = plot.series
    assert plot.highest == pytest.approx(70)  # 51 × 1.3 = 66.3
    assert len(series.band) == 512
    assert [point.x for point in series.band[:256]] == [point.x for point in reversed(series.band[256:])]
    assert all(low.y >= high.y for low, high in zip(series.band[:256], reversed(series.band[256:]), strict=True))
    assert series.interval(102) == "45.90–66.30"
    assert plot.has_bands


@pytest.mark.parametrize("number", [1, 2, 8, 24])
def test_every_curve_has_its_name_beside_it_and_no_name_covers_another(number):
    plot = figure([Curve(str(n), f"team {n}", ROOF, 102) for n in range(number)])
    heights = sorted(series.label_y for series in plot.series)
    assert plot.labelled
    assert all(after - before >= LINE_HEIGHT for before, after in pairwise(heights))
    assert plot.top <= heights[0] <= heights[-1] <= plot.bottom


def test_where_names_cannot_stand_the_legend_must():
    assert not figure([Curve(str(n), f"team {n}", ROOF, 102) for n in range(25)]).labelled


def test_the_numbers_at_the_peaks_stand_all_or_not_at_all():
    def peaked(at):
        return [0.46 - abs(t - at) / 1000 for t in range(256)]

    apart = [Curve(str(at), "a", peaked(at), at) for at in (20, 80, 140, 200)]
    assert [text for text, _ in figure(apart).peaks] == [
        "46.00 at 20",
        "46.00 at 80",
        "46.00 at 140",
        "46.00 at 200",
    ]
    assert figure([*apart, Curve("x", "a", peaked(85), 85)]).peaks == []


def test_a_curve_keeps_its_style_whoever_is_drawn_with_it():
    one, other = Curve("1", "a", ROOF, 102, palette_index=10), Curve("2", "b", ROOF, 102, palette_index=3)
    styles = [
        {each.key: (each.colour, each.dash) for each in figure(plot).series}
        for plot in ([one], [one, other], [other, one])
    ]
    assert {plot["1"] for plot in styles} == {(3, 2)}
    assert one.style == (3, 2)


def test_no_number_at_a_peak_covers_the_name_of_the_axis():
    def falling(height):
        return [height - t / 1000 for t in range(256)]

    assert figure([Curve("1", "a", falling(0.5), 0)]).peaks == []  # at the very corner
    assert len(figure([Curve("1", "a", falling(0.45), 0)]).peaks) == 1


def test_another_scorers_curve_has_its_own_axes_and_units():
    distance = Metric("distance_curve", "Distance", unit="px", decimals=1, higher_is_better=False)
    axes = Axes(distance, "Dilation", 20, Metric("best_dilation", "Best Dilation", unit="", decimals=0))
    values = [None, *(abs(x - 7) * 1.24 + 0.5 for x in range(1, 21))]
    plot = lay_out([Curve("1", "alices", values, 7)], axes)
    (series,) = plot.series
    assert (series.peak_value, series.peak_text) == ("0.5", "0.5 at 7")
    assert len(series.points) == 20  # the first value is undefined
    assert series.peak == series.points[6]
    assert (plot.first_x, plot.last_x, plot.high) == (0, 20, "18")
    assert [tick.text for tick in plot.x_ticks] == ["0", "2", "4", "6", "8", "10", "12", "14", "16", "18", "20"]
    assert [tick.text for tick in plot.y_ticks] == ["0", "2", "4", "6", "8", "10", "12", "14", "16", "18"]
    assert (axes.name, axes.y_title, axes.x_word) == ("Distance-Dilation curve", "Distance, px", "dilation")
    assert (axes.peak_title, axes.key) == ("Lowest Distance", "distance")
    assert axes.caption.startswith("Distance at each dilation from 0 to 20. The mark on each curve is its Lowest")


@pytest.mark.parametrize(
    ("span", "step"), [(0, 1), (10, 1), (10.1, 2), (255, 50), (0.07, 0.01), (0.3, 0.05), (1e6, 1e5), (3, 0.5)]
)
def test_a_step_is_round_and_gives_at_most_eleven_ticks(span, step):
    assert round_step(span) == pytest.approx(step)
    assert len([*round_numbers(0, span, step)]) <= 11
    assert round_step(span, least=1) >= 1
