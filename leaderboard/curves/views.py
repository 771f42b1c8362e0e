"""The page of a board's curves: which ones, which part of them, and their values at one x."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from evaluator.contract import CONFIDENCE_PERCENT
from leaderboard.curves.board_curves import DEFAULT_CURVES, MAX_CURVES, ranked_curves
from leaderboard.curves.query import CurveQuery, highest_y, parse_query
from leaderboard.decorators import phase_page
from leaderboard.exports.formats import CURVE_FORMATS
from leaderboard.figures.axes import Axes
from leaderboard.figures.curve import Curve, Figure, Series, figure
from leaderboard.ranking.snapshot import snapshot_of
from leaderboard.ranking.standings import standings_from
from server.time_format import at_query, format_iso
from server.tracks.models import Phase


@dataclass(frozen=True)
class Readout:
    """The values at the x that is asked for, or else at the first curve's peak: each with its interval as text."""

    x: int
    rows: list[tuple[Series, str, str]]


@phase_page
def curves(request: HttpRequest, phase: Phase, at: datetime | None) -> HttpResponse:
    axes = Axes.of(phase.track.description)
    query = parse_query(request.GET, axes)
    snapshot = snapshot_of(phase, at)
    available = ranked_curves(snapshot, standings_from(snapshot), with_bands=query.bands) if snapshot else []
    context = {
        "phase": phase,
        "track": phase.track,
        "axes": axes,
        "at": at,
        "at_query": at_query(at),
        "query": query,
        "results_hidden": not phase.shows_results(timezone.now()),
        "available": available,
    }
    return render(request, "leaderboard/curves/page.html", context | _selection(axes, query, available, at))


def _selection(
    axes: Axes | None, query: CurveQuery, available: list[Curve], at: datetime | None
) -> dict[str, object]:
    """The context of the chosen curves; empty where the board has no curve."""
    if not (axes and available):
        return {}
    selected = query.select(available)
    laid_out = figure(selected, axes, query.window) if selected else None
    return {
        "selected": {curve.key for curve in selected},
        "default_curves": DEFAULT_CURVES,
        "max_curves": MAX_CURVES,
        "highest_y": highest_y(axes),
        "warnings": [*query.warnings, *query.team_warnings(available), *_band_warnings(query, selected)],
        "figure": laid_out,
        "readout": _readout(laid_out, query) if laid_out else None,
        "formats": CURVE_FORMATS,
        "export_query": query.url(selected, format_iso(at) if at else ""),
    }


def _band_warnings(query: CurveQuery, selected: list[Curve]) -> list[str]:
    missing = query.bands and selected and not any(curve.band for curve in selected)
    return [f"No {CONFIDENCE_PERCENT} % bands have been computed for these curves yet."] * bool(missing)


def _readout(laid_out: Figure, query: CurveQuery) -> Readout:
    x = laid_out.series[0].peak_x if query.x is None else query.x
    return Readout(x, [(series, series.printed[x], series.interval(x)) for series in laid_out.series])
