"""The page of a board's IoU-Threshold curves: which ones, which part of them, and their values at a threshold."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from leaderboard.curves.board_curves import DRAWN_FIRST, curves_on
from leaderboard.curves.query import Asked, asked
from leaderboard.figures.iou_curve import Curve, Figure, figure
from leaderboard.ranking.snapshot import facts
from leaderboard.ranking.standings import standing_rows
from leaderboard.table import page as boards
from server.moments import NoMoment, as_query, to_the_second
from server.tracks.models import Phase

EXPORTS = (("svg", "SVG"), ("pgf.tex", "pgfplots"), ("curves.csv", "CSV"), ("curves.json", "JSON"))


@require_safe
def curves(request: HttpRequest, track: str, phase: str) -> HttpResponse:
    chosen = get_object_or_404(Phase.objects.select_related("track"), track__slug=track, slug=phase)
    try:
        at = boards.asked_moment(request.GET)
    except NoMoment as reason:
        return render(request, "refused.html", {"status": 400, "detail": str(reason)}, status=400)
    wish = asked(request.GET)
    board = facts(chosen, at)
    on_board = curves_on(board, standing_rows(board), with_bands=wish.bands) if board else []
    context = {"phase": chosen, "track": chosen.track, "at": at, "query": as_query(at), "wish": wish}
    context |= {"veiled": not chosen.shows_results(timezone.now()), "on_board": on_board}
    return render(request, "leaderboard/curves/page.html", context | _shown(wish, on_board, at))


def _shown(wish: Asked, on_board: list[Curve], at: datetime | None) -> dict[str, object]:
    """What depends on the choice; nothing where the board has no curve."""
    if not on_board:
        return {}
    drawn = wish.chosen(on_board)
    laid_out = figure(drawn, wish.window) if drawn else None
    return {
        "drawn": {curve.key for curve in drawn},
        "drawn_first": DRAWN_FIRST,
        "complaints": [*wish.complaints, *wish.missed(on_board), *_without_bands(wish, drawn)],
        "figure": laid_out,
        "readings": _readings(laid_out, wish) if laid_out else None,
        "formats": EXPORTS,
        "exports": wish.query(drawn, to_the_second(at) if at else ""),
    }


def _without_bands(wish: Asked, drawn: list[Curve]) -> list[str]:
    unknown = wish.bands and drawn and not any(curve.band for curve in drawn)
    return ["No 95 % bands are known of these curves, or not yet."] * bool(unknown)


def _readings(drawn: Figure, wish: Asked) -> dict[str, object]:
    """The values at the threshold that is asked for, or else at the first curve's peak."""
    threshold = drawn.series[0].peak_threshold if wish.threshold is None else wish.threshold
    rows = [
        (
            series,
            series.printed[threshold],
            f"{series.low[threshold]}–{series.high[threshold]}" if series.low else "–",
        )
        for series in drawn.series
    ]
    return {"threshold": threshold, "rows": rows}
