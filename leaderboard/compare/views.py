"""The compare page: two to five rows of a board with every pair, and their curves or classes."""

from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from leaderboard.classes.page import load_class_rows, may_see_classes
from leaderboard.classes.rows import ClassRow
from leaderboard.classes.sort import largest_spread, sort_orders
from leaderboard.compare.pairs import MOST, CannotCompare, pairs_of, select_rows
from leaderboard.curves.board_curves import curves_of, figure_of
from leaderboard.decorators import phase_page
from leaderboard.intervals.pair_words import BEYOND_THE_BEST, why_no_intervals
from leaderboard.intervals.queries import intervals_of
from leaderboard.ranking.snapshot import Snapshot, snapshot_of
from leaderboard.ranking.standings import Standing, standings_from
from leaderboard.units import metric_in_unit
from server.accounts.models import User
from server.accounts.requests import reader_of
from server.time_format import format_iso
from server.tracks.models import Phase

CLASSES_DRAWN = 24  # those in which the teams differ most


@phase_page
def compare(request: HttpRequest, phase: Phase, at: datetime | None) -> HttpResponse:
    snapshot = snapshot_of(phase, at)
    rows = standings_from(snapshot) if snapshot else []
    context, status = _context(phase, at if snapshot else None, rows), 200
    try:
        if snapshot and rows and (keys := request.GET.getlist("rows")):
            context |= _comparison(snapshot, rows, select_rows(rows, keys), reader_of(request))
    except CannotCompare as error:
        context["error"], status = str(error), error.status
    return render(request, "leaderboard/compare/page.html", context, status=status)


def _context(phase: Phase, at: datetime | None, rows: list[Standing]) -> dict[str, object]:
    now = timezone.now()
    return {
        "phase": phase,
        "track": phase.track,
        "at": at,
        "rows": rows,
        "title": "Compare teams",
        "most": MOST,
        "results_hidden": not phase.shows_results(now),
        "class_results_hidden": phase.track.description.per_class and not phase.shows_details(now),
    }


def _comparison(
    snapshot: Snapshot, rows: list[Standing], selected: list[Standing], reader: User | None
) -> dict[str, object]:
    """The context of the selected rows of the board."""
    phase = snapshot.phase
    intervals = intervals_of(phase, rows, at=snapshot.at)
    curves = curves_of(snapshot, selected, intervals)
    show_classes = phase.track.description.per_class and may_see_classes(phase, reader)
    classes = load_class_rows(phase, selected, intervals) if show_classes else []
    return {
        "title": _title([row.name for row in selected]),
        "selected": selected,
        "two_teams_query": _two_teams_query(classes, selected, snapshot.at) if len(selected) == 2 else "",
        "pairs": pairs_of(selected, intervals),
        "intervals": intervals,
        "why_no_intervals": why_no_intervals(intervals),
        "beyond_the_best": BEYOND_THE_BEST,
        "figure": figure_of(phase, curves),
        "classes": classes,
        "metric_in_unit": metric_in_unit(classes[0].metric) if classes else "",
        "largest_spread": largest_spread(classes, CLASSES_DRAWN),
    }


def _title(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _two_teams_query(classes: list[ClassRow], selected: list[Standing], at: datetime | None) -> str:
    """The query of the classes page for these two rows, what the first one wins on top; empty without classes."""
    if not classes:
        return ""
    team, against = (row.evaluation.pk for row in selected)
    largest_first = sort_orders(classes[0].metric)["difference"].largest_first
    query = {"team": team, "against": against, "sort": "-difference" if largest_first else "difference"}
    return urlencode(query | ({"at": format_iso(at)} if at else {}))
