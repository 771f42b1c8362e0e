"""A board as it is drawn: its rows, curves and progress as one piece of a page, kept by its version."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from leaderboard import history
from leaderboard.curves import Curve, Figure, figure
from leaderboard.facts import facts
from leaderboard.progress import Progress, Score, progress
from leaderboard.shelf import shelf
from leaderboard.standings import Standing, records, standing_rows, standings
from leaderboard.version import version_of
from server.moments import as_query, moment
from server.submissions.models import Evaluation
from server.teams.models import Team
from server.tracks.models import Phase, ScoringRule

CURVES_DRAWN = 32  # as many as colour and dash tell apart


@dataclass(frozen=True)
class Drawn:
    """What is the same for all readers of a board, and the number of each team's row in it."""

    rows: str = ""
    numbers: Mapping[object, int] = field(default_factory=dict)
    curves: bool = False

    def for_team(self, team: Team | None, badge: str) -> SafeString:
        """The rows with the team's own marked. The places for it are numbered: a team's key would unmask it."""
        number = self.numbers.get(team and team.pk)
        if number is None:
            return mark_safe(self.rows)  # noqa: S308  (rendered by our template)
        row = f'<tr id="row-{number}" class="'
        marked = self.rows.replace(row, f"{row}own ", 1).replace(f"<!--{number}-->", badge, 1)
        return mark_safe(marked)  # noqa: S308


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
        return Drawn()
    curves = curves_of(rows)
    context = {
        "phase": phase,
        "track": phase.track,
        "rows": rows,
        "ranked": sum(row.rank is not None for row in rows),
        "figure": curves,
        "progress": progress_of(records(board)),
        "query": as_query(at),
    }
    numbers = {row.team.pk: number for number, row in enumerate(rows, 1)}
    return Drawn(render_to_string("leaderboard/rows.html", context), numbers, curves is not None)


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


def curves_of(rows: list[Standing]) -> Figure | None:
    """The curves of the first ranked rows, overlaid; None where the track has none."""
    ranked = [row for row in rows if row.rank is not None][:CURVES_DRAWN]
    evaluations = Evaluation.objects.filter(curve__isnull=False).in_bulk([row.evaluation.pk for row in ranked])
    curves = [
        _curve(row.name, evaluations[row.evaluation.pk]) for row in ranked if row.evaluation.pk in evaluations
    ]
    return figure(curves) if curves else None


def curve_of(evaluation: Evaluation) -> Figure | None:
    """One evaluation's curve by itself."""
    return figure([_curve(evaluation.submission.team.username, evaluation)]) if evaluation.curve else None


def _curve(name: str, evaluation: Evaluation) -> Curve:
    """Keyed by what is scored: a team's own key would tell who stands behind a pseudonym."""
    return Curve(f"e{evaluation.pk.hex}", name, evaluation.curve, int(evaluation.scores["peak_threshold"]))


def progress_of(rows: Iterable[Standing]) -> Progress | None:
    """The best of a board so far, each with whose it was."""
    return progress([Score(row.submission.received_at, row.headline, row.values[0][1], row.name) for row in rows])
