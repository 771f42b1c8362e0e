"""Downloads that anyone may have: a phase's board and curves, and the paper's tables, in each format."""

from datetime import datetime
from hashlib import sha256

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from leaderboard.curves.board_curves import ranked_curves
from leaderboard.curves.query import CurveQuery, parse_query
from leaderboard.decorators import phase_page
from leaderboard.exports.build import board_table, paper_table
from leaderboard.exports.formats import CURVE_FORMATS, TABLE_FORMATS, Format
from leaderboard.exports.lid2020_paper import CITATION, TABLES
from leaderboard.exports.table import Table
from leaderboard.figures.axes import Axes
from leaderboard.intervals.queries import intervals_of, with_intervals
from leaderboard.ranking.snapshot import snapshot_of
from leaderboard.ranking.standings import standings_from
from server.tracks.models import Phase


@phase_page
def export_board(request: HttpRequest, phase: Phase, at: datetime | None, extension: str) -> HttpResponse:
    file_format = find_format(extension, TABLE_FORMATS + CURVE_FORMATS)
    query = parse_query(request.GET, Axes.of(phase.track.description))
    table = _table(phase, at, query, file_format)
    if file_format.needs_curves and not table.rows_with_curve:
        raise Http404("This board shows no curves.")
    return file_response(request, table, file_format)


def _table(phase: Phase, at: datetime | None, query: CurveQuery, file_format: Format) -> Table:
    """The whole board, or those of its curves that the query chooses."""
    snapshot = snapshot_of(phase, at)
    rows = standings_from(snapshot) if snapshot else []
    if not (snapshot and file_format.needs_curves):
        return board_table(phase, with_intervals(rows, intervals_of(phase, rows, at=at)), at)
    curves = ranked_curves(snapshot, rows, with_bands=query.bands)
    selected = curves if query.teams is None else query.select(curves)
    return board_table(phase, rows, at, with_curves=selected, window=query.window)


@require_safe
def paper_tables(request: HttpRequest) -> HttpResponse:
    return render(request, "leaderboard/exports/lid2020_paper.html", {"tables": TABLES, "citation": CITATION})


@require_safe
def export_paper_table(request: HttpRequest, number: int, extension: str) -> HttpResponse:
    file_format = find_format(extension, TABLE_FORMATS)
    published = next((table for table in TABLES if table.number == number), None)
    if published is None:
        raise Http404("The paper has no such table.")
    return file_response(request, paper_table(published), file_format)


def find_format(extension: str, formats: tuple[Format, ...]) -> Format:
    """The format with this extension. Raises Http404."""
    found = next((each for each in formats if each.extension == extension), None)
    if found is None:
        raise Http404("There is no such format.")
    return found


def file_response(request: HttpRequest, table: Table, file_format: Format) -> HttpResponse:
    """The file, or 304 where the client has it; the ETag is weak, as another time alone makes no new file."""
    text = file_format.write(table)
    etag = f'W/"{sha256(text.replace(table.as_of, "").encode()).hexdigest()[:32]}"'
    headers = {
        "Content-Disposition": f'attachment; filename="{table.name}.{file_format.extension}"',
        "Cache-Control": "public, no-cache",  # kept, but revalidated each time
        "ETag": etag,
    }
    response = HttpResponse(text, content_type=file_format.content_type, headers=headers)
    return get_conditional_response(request, etag=etag, response=response)
