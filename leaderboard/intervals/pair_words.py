"""Why there is no interval for the differences of rows of a board, in words."""

from leaderboard.intervals.queries import BoardIntervals

BEYOND_THE_BEST = "No interval: only the 50 best ranked rows are compared with each other."


def why_no_intervals(intervals: BoardIntervals | None) -> str:
    """Why no two rows of a board have an interval of their difference; empty where they have."""
    if intervals is None:
        return "No intervals are computed here, or not yet."
    if intervals.withheld:
        return intervals.withheld
    if not intervals.current:
        return "The intervals of differences are being computed, because the leaderboard has changed."
    return ""
