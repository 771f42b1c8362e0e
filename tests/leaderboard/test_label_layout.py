"""Labels of a figure: shortened, spread, and never one over another."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.figures.label_layout import LINE_HEIGHT, Box, any_overlap, shortened, spread, text_width

HEIGHTS = st.lists(st.floats(16, 436), min_size=1, max_size=24)


def test_labels_that_do_not_meet_stand_where_they_want():
    assert spread([300, 100, 200], 16, 436) == [300, 100, 200]


def test_labels_that_meet_are_pushed_apart_in_their_order():
    assert spread([100, 102, 300], 16, 436, gap=10) == [100, 110, 300]


def test_labels_at_the_lower_edge_are_pushed_up():
    assert spread([434, 436, 435], 16, 436, gap=10) == [416, 436, 426]


def test_equal_wishes_are_granted_in_the_order_given():
    assert spread([50, 50, 50], 16, 436, gap=10) == [50, 60, 70]


def test_too_many_labels_have_no_places():
    assert spread([0] * 5, 0, 40, gap=10) == [0, 10, 20, 30, 40]
    assert spread([0] * 6, 0, 40, gap=10) is None


@given(HEIGHTS)
def test_no_label_covers_another_nor_leaves_the_figure(wanted):
    heights = spread(wanted, 16, 436)
    assert all(16 - 1e-6 <= height <= 436 + 1e-6 for height in heights)
    assert all(after - before >= LINE_HEIGHT - 1e-6 for before, after in pairwise(sorted(heights)))
    in_order = sorted(range(len(wanted)), key=lambda number: (wanted[number], number))
    assert sorted(heights) == [heights[number] for number in in_order]


@pytest.mark.parametrize("name", ["alices", "W" * 36, "清华大学" * 5, "a b " * 20])
def test_a_shortened_name_fits_and_says_so(name):
    short = shortened(name, 150)
    assert text_width(short) <= 150
    assert short == name or (short.endswith("…") and name.startswith(short[:-1]))


def test_a_name_that_fits_is_left_alone():
    assert shortened("alices", text_width("alices")) == "alices"
    assert shortened("alices", text_width("alices") - 1) != "alices"


def test_boxes_that_touch_do_not_cover_each_other():
    one, beside, on_it = Box(0, 0, 10, 10), Box(10, 0, 20, 10), Box(9, 9, 20, 20)
    assert not one.overlaps(beside)
    assert one.overlaps(on_it)
    assert on_it.overlaps(one)
    assert any_overlap([one, beside, on_it])
    assert not any_overlap([one, beside])
