"""Ranks follow the printed numbers: one table."""

import pytest

from leaderboard.ranking.rank import ranks_of

RANKS = [
    ([], []),
    (["45.18"], [1]),
    (["45.18", "37.73", "37.34"], [1, 2, 3]),
    (["45.18", "45.18", "37.34"], [1, 1, 3]),
    (["45.18", "37.73", "37.73", "37.73", "1.00"], [1, 2, 2, 2, 5]),
    (["1.00", "1.00"], [1, 1]),
    ([None], [None]),
    ([None, "45.18"], [None, 1]),
    (["45.18", None, "45.18", "37.34"], [1, None, 1, 3]),
    (["45.18", None, "37.34", None, "37.34", "0.00"], [1, None, 2, None, 2, 4]),
    (["0.00", "0.00", None], [1, 1, None]),
]


@pytest.mark.parametrize(("headlines", "ranks"), RANKS)
def test_equal_numbers_share_a_rank_and_rows_without_one_take_none(headlines, ranks):
    assert ranks_of(headlines) == ranks
