"""What a worker found out about the teams of a board by the new rule, for the table of its re-score."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict
from uuid import UUID

from leaderboard.intervals.evaluator_output import StoredRank
from leaderboard.intervals.queries import rank_interval
from leaderboard.intervals.values import RankInterval
from server.rescores.boards import Boards
from server.rescores.dry_run import progress_of
from server.rescores.models import Rescore
from server.tracks.models import Phase

WHAT = "Which rank moves are between significantly different teams"


class StoredSignificance(TypedDict):
    """Of one board: the `inputs` it was computed of, by evaluation its rank's interval, or why there is none."""

    inputs: str
    ranks: dict[str, StoredRank]
    withheld: str
    error: str


@dataclass(frozen=True)
class Significance:
    """The intervals of ranks by evaluation; none where `note` says why."""

    intervals: Mapping[UUID, RankInterval]
    note: str = ""


def stored_for(rescore: Rescore, phase: Phase, boards: Boards) -> StoredSignificance | None:
    """What was computed for the board as it would be now; None where that was another one."""
    stored: StoredSignificance | None = rescore.significance.get(str(phase.pk))
    return stored if stored and stored["inputs"] == boards.selection.inputs else None


def significance_of(rescore: Rescore, phase: Phase, boards: Boards) -> Significance:
    if not progress_of(rescore, [phase]).complete:
        return Significance({}, f"{WHAT} is computed once the new rule has scored all submissions of this phase.")
    if not boards.selection.ranked:
        return Significance({})
    stored = stored_for(rescore, phase, boards)
    if stored is None:
        return Significance({}, f"{WHAT} is being computed. Reload the page.")
    if stored["error"]:
        return Significance({}, f"{WHAT} cannot be computed: {stored['error']} The server tries again by itself.")
    if stored["withheld"]:
        return Significance({}, f"{WHAT} is not told. {stored['withheld']}")
    return Significance({UUID(key): rank_interval(rank) for key, rank in stored["ranks"].items()})
