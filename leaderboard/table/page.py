"""A board as it is drawn: its rows, curves and progress as one piece of a page, kept by its version."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import mark_safe

from leaderboard.cache.cache import shelf
from leaderboard.cache.version import version_of
from leaderboard.curves.board_curves import DRAWN_FIRST, curves_on
from leaderboard.figures.iou_curve import figure
from leaderboard.figures.score_history import Progress, Score, progress
from leaderboard.intervals.queries import certainty_of, with_intervals
from leaderboard.ranking import history
from leaderboard.ranking.snapshot import facts
from leaderboard.ranking.standings import Standing, records, standing_rows, standings
from leaderboard.table.query import Reading
from leaderboard.table.rows import RANK, Column, Line, columns_of, lines_of
from server.moments import as_query, moment
from server.teams.models import Team
from server.tracks.models import Phase, ScoringRule


@dataclass(frozen=True)
class Drawn:
    """What is the same for all readers of a board: the lines of its table, and what stands above and beneath."""

    phase: Phase
    columns: tuple[Column, ...] = ()
    lines: tuple[Line, ...] = ()
    above: str = ""
    beneath: str = ""
    curves: bool = False

    def number_of(self, team: Team | None) -> int | None:
        """Which row is the team's, in the order of the rank."""
        teams = [line.team for line in self.lines]
        return teams.index(team.pk) + 1 if team and team.pk in teams else None

    def table(self, reading: Reading, team: Team | None) -> str:
        """The table as one reader wants it. What is not found is hidden, so that a script can show it again."""
        badge = render_to_string("leaderboard/table/your_team_badge.html") if self.number_of(team) else ""
        ordered = [(line, reading.finds(line)) for line in reading.ordered(self.lines)]
        rows = (
            line.drawn(hidden=not found, badge=badge if team and line.team == team.pk else "")
            for line, found in ordered
        )
        context = {
            "phase": self.phase,
            "reading": reading,
            "heads": list(reading.heads()),
            "above": mark_safe(self.above),  # noqa: S308  (rendered by our template)
            "lines": mark_safe("".join(rows)),  # noqa: S308  (rendered by our template)
            "found": sum(found for _, found in ordered),
            "ranked": sum(line.keys["rank"] is not None for line in self.lines),
            "teams": len(self.lines),
            "to_rank": reading.address(order=RANK, direction=RANK.first),
            "to_all": reading.address(find=""),
        }
        return render_to_string("leaderboard/table/table.html", context)


def drawn(phase: Phase, at: datetime | None) -> Drawn:
    """The board, from the shelf where it is that of now."""
    if at:
        return _draw(phase, at)
    return shelf.get(("rows", phase.pk), version_of(phase), partial(_draw, phase, None))


def leader(phase: Phase) -> Standing | None:
    """Who is first now, if anybody is ranked; home asks for it at every reading."""
    return shelf.get(("leader", phase.pk), version_of(phase), partial(_leader, phase))


def _leader(phase: Phase) -> Standing | None:
    return next((row for row in standings(phase) if row.rank == 1), None)


def _draw(phase: Phase, at: datetime | None) -> Drawn:
    board = facts(phase, at)
    rows = standing_rows(board) if board else []
    if not rows:
        return Drawn(phase)
    certainty, curves = certainty_of(phase, rows, at=at), curves_on(board, rows, at_most=DRAWN_FIRST)
    columns, rows = columns_of(rows, phase.track.columns), with_intervals(rows, certainty)
    context = {
        "phase": phase,
        "certainty": certainty,
        "track": phase.track,
        "ranked": sum(row.rank is not None for row in rows),
        "figure": figure(curves) if curves else None,
        "drawn_first": DRAWN_FIRST,
        "progress": progress_of(records(board)),
        "query": as_query(at),
    }
    above = render_to_string("leaderboard/table/interval_legend.html", context)
    beneath = render_to_string("leaderboard/table/footer.html", context)
    return Drawn(phase, columns, lines_of(rows, phase, columns), above, beneath, bool(curves))


def asked_moment(query: Mapping[str, str]) -> datetime | None:
    """The moment of the past that is asked for; None for now, which is also what is asked of the future."""
    text = query.get("at", "").strip()
    at = moment(text) if text else None
    return at if at and at < timezone.now() else None


def rule_of(phase: Phase, at: datetime | None) -> ScoringRule | None:
    return history.rule_at(phase, at) if at else phase.published_rule()


def known_since(phase: Phase, at: datetime | None) -> datetime | None:
    """From when on it is recorded how teams stand, where the moment lies before."""
    since = history.known_since(phase) if at else None
    return since if since and at < since else None


def beside(phase: Phase, phases: Iterable[Phase]) -> list[Phase]:
    """The other half of this board: what stays open on the same split beside what closes, and the reverse."""
    others = (other for other in phases if other.split == phase.split and other.standing != "upcoming")
    return [other for other in others if (other.closes_at is None) != (phase.closes_at is None)]


def progress_of(rows: Iterable[Standing]) -> Progress | None:
    """The best of a board so far, each with whose it was."""
    return progress([Score(row.submission.received_at, row.headline, row.values[0][1], row.name) for row in rows])
