"""Two to five rows of a board side by side: their selection, and each pair in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from evaluator.contract import Metric
from leaderboard.classes.page import NoSuchRow, rows_by_key
from leaderboard.classes.rows import signed
from leaderboard.intervals.queries import BoardIntervals
from leaderboard.intervals.values import PairDifference
from leaderboard.ranking.standings import Standing

FEWEST, MOST = 2, 5


class CannotCompare(Exception):
    """These rows cannot be compared; the message says why, and `status` is the HTTP status of the answer."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def select_rows(rows: Sequence[Standing], keys: Sequence[str]) -> list[Standing]:
    """The rows of the evaluations with these keys, in the order of the board. Raises CannotCompare."""
    try:
        selected = rows_by_key(rows, keys)
    except NoSuchRow as error:
        raise CannotCompare(str(error), 404) from error
    if len(selected) < FEWEST:
        raise CannotCompare("Choose at least two rows: one alone has nothing to be compared with.")
    if len(selected) > MOST:
        raise CannotCompare(f"Choose at most {MOST} rows: {len(selected)} would be more than anyone can read.")
    return [row for row in rows if row in selected]


@dataclass(frozen=True)
class Pair:
    """Two rows, the higher one first: their printed headlines, and the computed difference of the two.

    A difference is the first number minus the second; where lower is better, one below 0 means that the first is
    ahead.
    """

    first: str
    second: str
    metric: Metric
    printed: tuple[float | None, float | None]
    estimate: PairDifference | None = None
    scope: str = " among all pairs of this board"  # of the verdict

    @property
    def difference(self) -> str:
        """Of the printed headlines, with its unit unless that is %; empty where one is undefined."""
        one, other = self.printed
        return "" if one is None or other is None else self._with_unit(self._signed(one - other))

    @property
    def interval(self) -> str:
        if self.estimate is None:
            return ""
        low, high = self.metric.printed(self.estimate.low), self.metric.printed(self.estimate.high)
        if low is None or high is None:
            return ""
        return self._with_unit(f"{self._signed(low)} to {self._signed(high)}")

    def _signed(self, difference: float) -> str:
        return signed(round(difference, self.metric.decimals), self.metric.decimals)

    def _with_unit(self, text: str) -> str:
        """Return the difference with its unit: percentages differ by points, not by percent."""
        return text if self.metric.unit in {"", "%"} else f"{text} {self.metric.unit}"

    @property
    def verdict(self) -> str:
        """A sentence that says whether the two are significantly different; empty where nothing can be said."""
        if self.estimate is None or not self.interval:
            return ""
        if self.estimate.significantly_different:
            return f"Significantly different{self.scope}."
        if self.printed[0] == self.printed[1] and self._excludes_zero:
            return (
                "The interval excludes 0, but both print the same number: they share a rank, and are not called "
                "significantly different."
            )
        return f"Not significantly different{self.scope}."

    @property
    def _excludes_zero(self) -> bool:
        ends = (self.estimate.low, self.estimate.high) if self.estimate else (None, None)
        return all(end is not None and end > 0 for end in ends) or all(end is not None and end < 0 for end in ends)


def pairs_of(rows: Sequence[Standing], intervals: BoardIntervals | None) -> list[Pair]:
    """Every pair, the higher row first."""
    known = intervals.pairs_among([row.evaluation.pk for row in rows]) if intervals else {}
    return [
        _pair(one, other, known.get((one.evaluation.pk, other.evaluation.pk)))
        for one, other in combinations(rows, 2)
    ]


def _pair(one: Standing, other: Standing, estimate: PairDifference | None) -> Pair:
    metric = one.columns[0]
    printed = metric.printed(one.headline), metric.printed(other.headline)
    return Pair(one.name, other.name, metric, printed, estimate)
