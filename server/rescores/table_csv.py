"""The table of a re-score as CSV."""

from collections.abc import Iterable, Iterator

from server.rescores.models import Rescore
from server.rescores.moves import Move
from server.rescores.table import Change, changes_of
from server.spreadsheets import csv_lines
from server.submissions.models import Evaluation
from server.time_format import format_iso

HEADER = (
    *("phase", "team", "method", "submitted_at", "submission", "old_state", "new_state", "old_score", "new_score"),
    *("difference", "old_rank", "new_rank", "new_rank_low", "new_rank_high"),
    *("significantly_different", "significantly_different_from", "not_significantly_different_from"),
)


def lines_of(rescore: Rescore) -> Iterator[str]:
    """A line per submission, in the order of the page."""
    changes = changes_of(rescore, rescore.phases.select_related("track"))
    rows = (_row(str(phase), change) for phase, table in changes.items() for change in table.rows)
    return csv_lines([HEADER, *rows])


def _row(phase: str, change: Change) -> Iterable[object]:
    old, new = change.pair
    return (
        *(phase, change.submission.team.name, change.submission.method),
        *(format_iso(change.submission.received_at), str(change.submission.pk)),
        *(old.state, new.state if new else "waiting", _score(change, old), _score(change, new)),
        "" if change.difference is None else round(change.difference, change.headline.decimals),
        *(change.old_rank, change.new_rank),
        *(_of_move(change.move) if change.move else ()),
    )


def _of_move(move: Move) -> Iterable[object]:
    """The teams are those that it passed or that passed it."""
    significant = {None: "", True: "yes", False: "no"}[move.significant]
    return move.interval.low, move.interval.high, significant, "; ".join(move.different), "; ".join(move.alike)


def _score(change: Change, evaluation: Evaluation | None) -> float | None:
    return change.headline.printed(evaluation.score(change.headline.key)) if evaluation else None
