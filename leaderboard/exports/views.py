"""Downloads that anyone may have: a phase's board and curves, and the published tables, in each format."""

from datetime import datetime
from hashlib import sha256

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from leaderboard.curves.board_curves import curves_on
from leaderboard.curves.query import Asked, asked
from leaderboard.exports.build import board_table, published_table
from leaderboard.exports.formats import CURVE_FORMATS, TABLE_FORMATS, Format
from leaderboard.exports.lid2020_paper import CITATION, TABLES
from leaderboard.exports.table import Table
from leaderboard.intervals.queries import certainty_of, with_intervals
from leaderboard.ranking.snapshot import facts
from leaderboard.ranking.standings import standing_rows
from leaderboard.table import page as boards
from server.moments import NoMoment
from server.tracks.models import Phase


@require_safe
def export_board(request: HttpRequest, track: str, phase: str, extension: str) -> HttpResponse:
    chosen = get_object_or_404(Phase.objects.select_related("track"), track__slug=track, slug=phase)
    wanted = format_of(extension, TABLE_FORMATS + CURVE_FORMATS)
    try:
        at = boards.asked_moment(request.GET)
    except NoMoment as reason:
        return render(request, "refused.html", {"status": 400, "detail": str(reason)}, status=400)
    table = _table(chosen, at, asked(request.GET), wanted)
    if wanted.draws_curves and not table.drawn:
        raise Http404("This board shows no curves.")
    return file_of(request, table, wanted)


def _table(phase: Phase, at: datetime | None, wish: Asked, wanted: Format) -> Table:
    """All of the board, or of its curves those that the address chooses."""
    board = facts(phase, at)
    rows = standing_rows(board) if board else []
    if not (board and wanted.draws_curves):
        return board_table(phase, with_intervals(rows, certainty_of(phase, rows, at=at)), at)
    curves = curves_on(board, rows, with_bands=wish.bands)
    chosen = curves if wish.teams is None else wish.chosen(curves)
    return board_table(phase, rows, at, with_curves=chosen, window=wish.window)


@require_safe
def paper_tables(request: HttpRequest) -> HttpResponse:
    return render(request, "leaderboard/exports/lid2020_paper.html", {"tables": TABLES, "citation": CITATION})


@require_safe
def export_paper_table(request: HttpRequest, number: int, extension: str) -> HttpResponse:
    wanted = format_of(extension, TABLE_FORMATS)
    published = next((table for table in TABLES if table.number == number), None)
    if published is None:
        raise Http404("The paper has no such table.")
    return file_of(request, published_table(published), wanted)


def format_of(extension: str, formats: tuple[Format, ...]) -> Format:
    wanted = next((each for each in formats if each.extension == extension), None)
    if wanted is None:
        raise Http404("There is no such format.")
    return wanted


def file_of(request: HttpRequest, table: Table, wanted: Format) -> HttpResponse:
    """The file, or 304 to who has it; the moment alone makes no new file, so the tag is a weak one."""
    text = wanted.write(table)
    tag = sha256(text.replace(table.as_of, "").encode()).hexdigest()[:32]
    headers = {
        "Content-Disposition": f'attachment; filename="{table.name}.{wanted.extension}"',
        "Cache-Control": "public, no-cache",  # kept, but asked about each time
        "ETag": f'W/"{tag}"',
    }
    answer = HttpResponse(text, content_type=wanted.content_type, headers=headers)
    return get_conditional_response(request, etag=headers["ETag"], response=answer)
