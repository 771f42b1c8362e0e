"""The table of a re-score as CSV and for programs."""

from collections.abc import Iterable, Iterator

from server.rescores.models import Rescore
from server.rescores.moves import Move
from server.rescores.table import Change, PhaseTable, changes_of
from server.spreadsheets import csv_lines
from server.submissions.models import Evaluation
from server.time_format import format_iso
from server.tracks.models import Phase

HEADER = (
    *("phase", "team", "method", "submitted_at", "submission", "old_state", "new_state", "old_score", "new_score"),
    *("difference", "old_rank", "new_rank", "new_rank_low", "new_rank_high"),
    *("significantly_different", "significantly_different_from", "not_significantly_different_from"),
)


def lines_of(rescore: Rescore) -> Iterator[str]:
    """A line per submission, in the order of the page."""
    changes = changes_of(rescore, rescore.phases.select_related("track"))
    rows = (map(_cell, _row(str(phase), change)) for phase, table in changes.items() for change in table.rows)
    return csv_lines([HEADER, *rows])


def facts_of(phase: Phase, table: PhaseTable) -> dict[str, object]:
    """A phase's table with the names of the CSV's columns; `note` says why rank moves are not judged."""
    rows = [dict(zip(HEADER, _row(str(phase), change), strict=True)) for change in table.rows]
    return {"phase": phase.pk, "note": table.note, "rows": rows}


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "; ".join(value) if isinstance(value, tuple) else value


def _row(phase: str, change: Change) -> Iterable[object]:
    old, new = change.pair
    return (
        *(phase, change.submission.team.name, change.submission.method),
        *(format_iso(change.submission.received_at), str(change.submission.pk)),
        *(old.state, new.state if new else change.without_new, _score(change, old), _score(change, new)),
        None if change.difference is None else round(change.difference, change.headline.decimals),
        *(change.old_rank, change.new_rank),
        *(_of_move(change.move) if change.move else (None, None, None, (), ())),
    )


def _of_move(move: Move) -> Iterable[object]:
    """The teams are those that it passed or that passed it."""
    return move.interval.low, move.interval.high, move.significant, move.different, move.alike


def _score(change: Change, evaluation: Evaluation | None) -> float | None:
    return change.headline.printed(evaluation.score(change.headline.key)) if evaluation else None
