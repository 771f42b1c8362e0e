"""A pair in words, by a table."""

import pytest

from leaderboard.compare.pairs import Pair
from leaderboard.intervals.queries import PairView


def known(*numbers, apart):
    return PairView(*numbers, told_apart=apart)


APART = "These images tell the two apart."
ALIKE = "The interval holds 0: these images cannot tell the two apart."


@pytest.mark.parametrize(
    ("view", "ahead", "interval", "verdict"),
    [
        (known(0.97, 0.008, 0.001, 0.017, apart=True), "A is ahead in 97 of 100", "+0.10 to +1.70", APART),
        (known(1.0, 0.08, 0.05, 0.1, apart=True), "A is ahead in 100 of 100", "+5.00 to +10.00", APART),
        (known(0.9991, 0.08, 0.05, 0.1, apart=True), "A is ahead in 99 of 100", "+5.00 to +10.00", APART),
        (
            PairView(0.8, 0.008, -0.001, 0.017, told_apart=False),
            "A is ahead in 80 of 100",
            "−0.10 to +1.70",
            ALIKE,
        ),
        (known(0.2, 0.008, -0.02, 0.01, apart=False), "B is ahead in 80 of 100", "−2.00 to +1.00", ALIKE),
        (known(0.5, 0.0, 0.0, 0.0, apart=False), "Each is ahead in 50 of 100", "0.00 to 0.00", ALIKE),
        (known(0.97, 0.008, None, None, apart=False), "A is ahead in 97 of 100", "", ""),
        (None, "How sure that is, is not known", "", ""),
    ],
)
def test_a_pair_says_who_is_ahead_how_often_and_whether_it_is_sure(view, ahead, interval, verdict):
    pair = Pair("A", "B", ("45.18", "44.38"), view)
    assert pair.difference == "+0.80"
    assert pair.ahead.startswith(ahead)
    assert (pair.interval, pair.verdict) == (interval, verdict)


@pytest.mark.parametrize("printed", [(None, "1.00"), ("1.00", None), (None, None)])
def test_a_headline_that_is_undefined_has_no_difference(printed):
    assert Pair("A", "B", printed).difference == ""
