"""The IoU-Threshold figure's geometry."""

import pytest

from leaderboard.curves import Curve, figure

# A roof: from 0 at threshold 0 up to 0.51 at 102, and down to 0 at 255.
ROOF = [0.51 * t / 102 if t <= 102 else 0.51 * (255 - t) / 153 for t in range(256)]


@pytest.fixture
def drawn():
    return figure([Curve("1", "alices", ROOF, 102)])


def test_a_curve_has_256_points_from_edge_to_edge(drawn):
    (series,) = drawn.series
    assert len(series.points) == 256
    assert (series.points[0].x, series.points[255].x) == (drawn.left, drawn.right)
    steps = [after.x - before.x for before, after in zip(series.points, series.points[1:], strict=False)]
    assert max(steps) - min(steps) < 0.03  # even, but for the rounding to hundredths
    assert len(series.polyline.split()) == 256


def test_the_peak_is_marked_where_the_peak_is(drawn):
    (series,) = drawn.series
    assert series.peak == series.points[102]
    assert series.peak.y == min(point.y for point in series.points)
    assert series.peak.x == pytest.approx(drawn.left + 0.4 * (drawn.right - drawn.left))
    assert (series.peak_threshold, series.peak_iou) == (102, "51.00")


def test_zero_lies_at_the_bottom_and_the_scale_ends_at_the_next_ten_percent(drawn):
    (series,) = drawn.series
    assert series.points[0].y == series.points[255].y == drawn.bottom
    assert drawn.highest == pytest.approx(0.6)
    height = drawn.bottom - drawn.top
    assert series.peak.y == pytest.approx(drawn.bottom - 0.51 / 0.6 * height, abs=0.01)


@pytest.mark.parametrize(("peak", "highest"), [(0.0, 0.1), (0.04, 0.1), (0.45, 0.5), (0.92, 1.0), (1.0, 1.0)])
def test_the_scale_holds_the_highest_curve(peak, highest):
    drawn = figure([Curve("1", "a", [peak] * 256, 255), Curve("2", "b", [0.0] * 256, 255)])
    assert drawn.highest == pytest.approx(highest)
    assert all(drawn.top <= point.y <= drawn.bottom for series in drawn.series for point in series.points)


def test_ticks_stand_at_their_values(drawn):
    assert [tick.text for tick in drawn.x_ticks] == ["0", "32", "64", "96", "128", "160", "192", "224", "255"]
    assert [tick.text for tick in drawn.y_ticks] == ["0", "10", "20", "30", "40", "50", "60"]
    assert (drawn.x_ticks[0].at, drawn.x_ticks[-1].at) == (drawn.left, drawn.right)
    assert (drawn.y_ticks[0].at, drawn.y_ticks[-1].at) == (drawn.bottom, drawn.top)


def test_thirty_curves_can_be_told_apart():
    drawn = figure([Curve(str(number), f"team {number}", ROOF, 102) for number in range(30)])
    assert len({(series.colour, series.dash) for series in drawn.series}) == 30
    assert [series.label for series in drawn.series] == [f"team {number}" for number in range(30)]
    assert {series.colour for series in drawn.series} == set(range(1, 9))
