"""A board rendered once for all readers and cached by its version: rows, interval legend, curves, history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from evaluator.contract import Metric
from leaderboard.cache.cache import board_cache
from leaderboard.cache.version import version_of
from leaderboard.curves.board_curves import DEFAULT_CURVES, figure_of, ranked_curves
from leaderboard.exports.formats import CURVE_FORMATS, TABLE_FORMATS
from leaderboard.figures.score_history import Score, ScoreHistory, score_history
from leaderboard.intervals.queries import intervals_of, with_intervals
from leaderboard.ranking.snapshot import snapshot_of
from leaderboard.ranking.standings import Standing, best_so_far, standings, standings_from
from leaderboard.significance.words import best_teams, rank_spans
from leaderboard.table.query import TableQuery
from leaderboard.table.rows import RANK, Column, RenderedRow, columns_of, render_rows
from server.teams.models import Team
from server.time_format import at_query
from server.tracks.models import Phase


@dataclass(frozen=True)
class RenderedBoard:
    """The part of a board's page that is the same for all readers."""

    phase: Phase
    columns: tuple[Column, ...] = ()
    rows: tuple[RenderedRow, ...] = ()
    interval_legend: str = ""
    footer: str = ""
    has_curves: bool = False

    def number_of(self, team: Team | None) -> int | None:
        """The number of the team's row in rank order, from 1; None where it has no row."""
        teams = [row.team for row in self.rows]
        return teams.index(team.pk) + 1 if team and team.pk in teams else None

    def render_table(self, query: TableQuery, team: Team | None) -> str:
        """The table for one reader's query. Rows that do not match are hidden, so that their ticks are kept."""
        badge = render_to_string("leaderboard/table/your_team_badge.html") if self.number_of(team) else ""
        rows = [(row, query.matches(row)) for row in query.sorted(self.rows)]
        rendered = (
            row.render(hidden=not matches, badge=badge if team and row.team == team.pk else "")
            for row, matches in rows
        )
        context = {
            "phase": self.phase,
            "query": query,
            "headers": list(query.headers()),
            "interval_legend": mark_safe(self.interval_legend),  # noqa: S308  (rendered by our template)
            "rows": mark_safe("".join(rendered)),  # noqa: S308  (rendered by our template)
            "matching": (matching := sum(matches for _, matches in rows)),
            "status": query.status_text(matching, len(rows)),
            "hidden_columns": self._hidden_columns(query),
            "ranked": sum(row.sort_keys["rank"] is not None for row in self.rows),
            "metric_ranks": any(
                of.higher_is_better is not None for of in self.phase.track.description.columns[1:]
            ),
            "teams": len(self.rows),
            "rank_order_url": query.url(sort=RANK, direction=RANK.first_direction),
            "all_teams_url": query.url(search=""),
        }
        return render_to_string("leaderboard/table/table.html", context)

    def _hidden_columns(self, query: TableQuery) -> str:
        """The indexes of the columns to hide, for the style sheet; the checkboxes where there is one row only."""
        hidden = [header.index for header in query.headers() if not header.shown]
        return " ".join(map(str, [1, *hidden] if len(self.rows) == 1 else hidden))


def rendered_board(phase: Phase, at: datetime | None) -> RenderedBoard:
    """The board of a past time, or the present one from the cache."""
    if at:
        return render_board(phase, at)
    return board_cache.get(("rows", phase.pk), version_of(phase), partial(render_board, phase, None))


def leader(phase: Phase) -> Standing | None:
    """The row that is first now, if any is ranked; cached, as every home page shows it."""
    return board_cache.get(("leader", phase.pk), version_of(phase), partial(_leader, phase))


def _leader(phase: Phase) -> Standing | None:
    return next((row for row in standings(phase) if row.rank == 1), None)


def render_board(phase: Phase, at: datetime | None) -> RenderedBoard:
    snapshot = snapshot_of(phase, at)
    if snapshot is None or not (rows := standings_from(snapshot)):
        return RenderedBoard(phase)
    intervals, curves = intervals_of(phase, rows, at=at), ranked_curves(snapshot, rows, at_most=DEFAULT_CURVES)
    columns, rows = columns_of(rows, phase.track.description.columns), with_intervals(rows, intervals)
    context = {
        "phase": phase,
        "track": phase.track,
        "intervals": intervals,
        "best": best_teams(rows),
        "rank_spans": rank_spans(rows),
        "ranked": sum(row.rank is not None for row in rows),
        "figure": figure_of(phase, curves),
        "default_curves": DEFAULT_CURVES,
        "formats": TABLE_FORMATS + CURVE_FORMATS if curves else TABLE_FORMATS,
        "history": history_of(best_so_far(snapshot), phase.track.description.headline),
        "query": at_query(at),
    }
    legend = render_to_string("leaderboard/table/interval_legend.html", context)
    footer = render_to_string("leaderboard/table/footer.html", context)
    return RenderedBoard(phase, columns, render_rows(rows, phase, columns), legend, footer, bool(curves))


def history_of(rows: Iterable[Standing], headline: Metric) -> ScoreHistory | None:
    """The figure of these rows' scores over time, each under its team's name."""
    scores = [
        Score(row.submission.received_at, score, row.name) for row in rows if (score := row.headline) is not None
    ]
    return score_history(scores, headline)
