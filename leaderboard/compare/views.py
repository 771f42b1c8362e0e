"""Two to five rows of a board beside each other: every pair, and their curves or their classes."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from leaderboard.classes.page import class_lines, may_see
from leaderboard.classes.rows import widest
from leaderboard.compare.pairs import MOST, CannotCompare, chosen, pairs_of
from leaderboard.curves.board_curves import curves_of
from leaderboard.figures.iou_curve import figure
from leaderboard.intervals.queries import certainty_of
from leaderboard.ranking.snapshot import Facts, facts
from leaderboard.ranking.standings import Standing, standing_rows
from leaderboard.table import page as boards
from server.accounts.models import User
from server.moments import NoMoment
from server.tracks.models import Phase

WIDEST = 24  # classes that are drawn, those in which the teams differ most


@require_safe
def compare(request: HttpRequest, track: str, phase: str) -> HttpResponse:
    here = get_object_or_404(Phase.objects.select_related("track"), track__slug=track, slug=phase)
    try:
        board = facts(here, boards.asked_moment(request.GET))
        context = _context(here, board)
        context |= _compared(board, context["rows"], request.GET.getlist("rows"), request.user) if board else {}
    except NoMoment as reason:
        return render(request, "refused.html", {"status": 400, "detail": str(reason)}, status=400)
    except CannotCompare as reason:
        context["refusal"] = str(reason)
        return render(request, "leaderboard/compare/page.html", context, status=reason.status)
    return render(request, "leaderboard/compare/page.html", context)


def _context(phase: Phase, board: Facts | None) -> dict[str, object]:
    now = timezone.now()
    return {
        "phase": phase,
        "track": phase.track,
        "at": board and board.at,
        "rows": standing_rows(board) if board else [],
        "most": MOST,
        "veiled": not phase.shows_results(now),
        "details_veiled": phase.track.by_class and not phase.shows_details(now),
    }


def _compared(board: Facts, rows: list[Standing], keys: list[str], reader: User) -> dict[str, object]:
    """What is told of the chosen rows; nothing where none is asked for, or nothing is shown."""
    if not (rows and keys):
        return {}
    phase = board.phase
    wanted, certainty = chosen(rows, keys), certainty_of(phase, rows, at=board.at)
    curves = curves_of(board, wanted, certainty)
    every = class_lines(phase, wanted, certainty) if phase.track.by_class and may_see(phase, reader) else []
    return {
        "chosen": wanted,
        "pairs": pairs_of(wanted, certainty),
        "sure": certainty is not None,
        "figure": figure(curves) if curves else None,
        "lines": every,
        "widest": widest(every, WIDEST),
    }
