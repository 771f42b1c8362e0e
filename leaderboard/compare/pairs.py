"""Two to five rows of a board beside each other: which were chosen, and each pair in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from leaderboard.classes.page import NoSuchRow, rows_of
from leaderboard.classes.rows import signed
from leaderboard.intervals.queries import Certainty, PairView
from leaderboard.ranking.standings import Standing

FEWEST, MOST = 2, 5


class CannotCompare(Exception):
    """These rows cannot be compared; the message says why, and `status` how a program is told."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def chosen(rows: Sequence[Standing], keys: Sequence[str]) -> list[Standing]:
    """The rows of these evaluations, in the order of the board. CannotCompare."""
    try:
        wanted = rows_of(rows, keys)
    except NoSuchRow as reason:
        raise CannotCompare(str(reason), 404) from reason
    if len(wanted) < FEWEST:
        raise CannotCompare("Choose at least two rows: one alone has nothing to be compared with.")
    if len(wanted) > MOST:
        raise CannotCompare(f"Choose at most {MOST} rows: {len(wanted)} would be more than anyone can read.")
    return [row for row in rows if row in wanted]


@dataclass(frozen=True)
class Pair:
    """One row beside another that stands no higher: their printed headlines, and what is known of the two."""

    first: str
    second: str
    printed: tuple[str | None, str | None]
    known: PairView | None = None

    @property
    def difference(self) -> str:
        """Of the printed headlines; none where one is undefined."""
        one, other = self.printed
        return "" if one is None or other is None else signed(round(float(one) - float(other), 2))

    @property
    def interval(self) -> str:
        if self.known is None or self.known.low is None or self.known.high is None:
            return ""
        return f"{signed(round(self.known.low * 100, 2))} to {signed(round(self.known.high * 100, 2))}"

    @property
    def ahead(self) -> str:
        """How often who is ahead, in words; of the draws that the intervals are made of."""
        if self.known is None:
            return "How sure that is, is not known for this pair."
        share = max(self.known.beats, 1 - self.known.beats)
        times = 100 if share == 1 else min(round(share * 100), 99)
        if times == 50:
            return "Each is ahead in 50 of 100 resamples of the images."
        name = self.first if self.known.beats > 0.5 else self.second
        return f"{name} is ahead in {times} of 100 resamples of the images."

    @property
    def verdict(self) -> str:
        if self.known is None or not self.interval:
            return ""
        if self.known.told_apart:
            return "These images tell the two apart."
        return "The interval holds 0: these images cannot tell the two apart."


def pairs_of(rows: Sequence[Standing], certainty: Certainty | None) -> list[Pair]:
    """Every two, the one that stands higher first."""
    return [_pair(one, other, certainty) for one, other in combinations(rows, 2)]


def _pair(one: Standing, other: Standing, certainty: Certainty | None) -> Pair:
    known = certainty.pair(one.evaluation.pk, other.evaluation.pk) if certainty else None
    return Pair(one.name, other.name, (_headline(one), _headline(other)), known)


def _headline(row: Standing) -> str | None:
    return None if row.headline is None else row.values[0][1]
