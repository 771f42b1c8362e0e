"""The significance of a board in sentences: who may be the best, and how each team compares with the others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evaluator.contract import CONFIDENCE_PERCENT
from leaderboard.ranking.standings import Standing
from leaderboard.significance.matrix import Relation, SignificanceMap, TeamRow

NAMED = 5  # so many names fit into a sentence
RANK_SPANS = (
    "A team’s rank over ever more images of this kind lies in the span drawn below it; true of all rows of this "
    f"board together on {CONFIDENCE_PERCENT} of 100 boards."
)
FIRST_PLACE = (
    "For this sentence first place is tested alone, which rules out more teams than testing all ranks at once: a "
    "team whose span begins at 1 need not be among those who may be the best."
)


@dataclass(frozen=True)
class BestTeams:
    """Who may be the best, in a sentence; `names` where they are too many for it."""

    sentence: str
    names: str = ""
    note: str = ""


@dataclass(frozen=True)
class TeamInWords:
    """A team, and how it compares with the others: “significantly better than B and C; …”."""

    name: str
    sentence: str


def best_teams(rows: Iterable[Standing]) -> BestTeams | None:
    """Who may be the best of a board's rows, by their rank intervals; None where fewer than two have one."""
    ranks = [(row.name, row.interval.rank) for row in rows if row.interval and row.interval.rank]
    best = [(name, rank) for name, rank in ranks if rank.may_be_best]
    if len(ranks) < 2 or not best:
        return None
    names = listed([name for name, _ in best])
    note = FIRST_PLACE if any(rank.low == 1 and not rank.may_be_best for _, rank in ranks) else ""
    if len(best) == 1:
        is_better = best[0][1].high == 1
        says = (
            f"{names} is significantly better than all others." if is_better else f"Only {names} may be the best."
        )
        return BestTeams(says, note=note)
    if len(best) > NAMED:
        return BestTeams(f"{len(best)} teams may be the best", names, note)
    return BestTeams(f"{len(best)} teams may be the best: {names}.", note=note)


def rank_spans(rows: Iterable[Standing]) -> str:
    """What the rank intervals of a board say; empty where it has none."""
    ranked = [row for row in rows if row.rank is not None]
    with_span = sum(bool(row.interval and row.interval.rank) for row in ranked)
    if not with_span:
        return ""
    among = "" if with_span == len(ranked) else f" Ranks are compared among the best {with_span} teams."
    return RANK_SPANS + among


def in_words(table: SignificanceMap) -> list[TeamInWords]:
    """Each team's sentence, in the order of the board."""
    return [TeamInWords(row.name, _sentence(row, table.rows)) for row in table.rows]


def _sentence(row: TeamRow, rows: Sequence[TeamRow]) -> str:
    parts = [(relation, row.others(relation)) for relation in Relation]
    return "; ".join(f"{relation.words} {_names(of, rows)}" for relation, of in parts if of) + "."


def _names(places: Sequence[int], rows: Sequence[TeamRow]) -> str:
    if len(places) == len(rows) - 1 > 1:
        return "all others"
    return listed([rows[place].name for place in places])


def listed(names: Iterable[str]) -> str:
    """Names as a list in a sentence: “A, B and C”."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
