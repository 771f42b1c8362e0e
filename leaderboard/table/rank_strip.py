"""A row's span of ranks, drawn on a strip with one field for each ranked row."""

from dataclasses import dataclass

from leaderboard.intervals.values import RankInterval


@dataclass(frozen=True)
class RankStrip:
    """The span and the rank on the scale from 1 to the number of ranked rows, in percent of the strip's width."""

    left: float
    width: float
    rank: float


def rank_strip(rank: RankInterval, ranked: int) -> RankStrip:
    field = 100 / max(ranked, rank.high)
    return RankStrip(
        left=round((rank.low - 1) * field, 2),
        width=round((rank.high - rank.low + 1) * field, 2),
        rank=round((rank.rank - 0.5) * field, 2),
    )
