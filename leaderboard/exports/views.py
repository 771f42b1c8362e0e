"""Downloads that anyone may have: a phase's board and curves, and the paper's tables, in each format."""

from datetime import datetime
from hashlib import sha256

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leaderboard.curves.board_curves import ranked_curves
from leaderboard.curves.query import parse_query
from leaderboard.decorators import phase_page
from leaderboard.exports import lid2020_paper
from leaderboard.exports.build import board_table, curve_table, paper_table
from leaderboard.exports.formats import CURVE_FORMATS, TABLE_FORMATS, AnyTable, Format
from leaderboard.exports.lid2020_paper import TABLES
from leaderboard.exports.table import CurveTable
from leaderboard.figures.axes import Axes
from leaderboard.intervals.queries import intervals_of, with_intervals
from leaderboard.ranking.snapshot import snapshot_of
from leaderboard.ranking.standings import standings, standings_from
from server.conditional import unless_known
from server.cross_origin import for_any_origin
from server.tracks.models import Phase
from server.tracks.visibility import visible_tracks


@for_any_origin
@phase_page
def export_board(request: HttpRequest, phase: Phase, at: datetime | None, extension: str) -> HttpResponse:
    if any(each.extension == extension for each in CURVE_FORMATS):
        return file_response(request, _chosen_curves(request, phase, at), find_format(extension, CURVE_FORMATS))
    file_format, rows = find_format(extension, TABLE_FORMATS), standings(phase, at=at)
    table = board_table(phase, with_intervals(rows, intervals_of(phase, rows, at=at)), at)
    return file_response(request, table, file_format)


def _chosen_curves(request: HttpRequest, phase: Phase, at: datetime | None) -> CurveTable:
    """The curves that the query chooses, or else all. Raises Http404 where the board shows none of them."""
    axes, snapshot = Axes.of(phase.track.description), snapshot_of(phase, at)
    query, rows = parse_query(request.GET, axes), standings_from(snapshot) if snapshot else []
    curves = ranked_curves(snapshot, rows, with_bands=query.bands) if snapshot else []
    selected = curves if query.teams is None else query.select(curves)
    if axes is None or not selected:
        raise Http404("This board shows no curves.")
    known = with_intervals(rows, intervals_of(phase, rows, at=at))
    return curve_table(board_table(phase, known, at), rows, axes, selected, query.window)


@require_safe
def paper_tables(request: HttpRequest) -> HttpResponse:
    tracks = {track.slug: track for track in visible_tracks(request)}
    context = {
        "tables": [(table, tracks.get(table.track)) for table in TABLES],
        "formats": TABLE_FORMATS,
        "paper": lid2020_paper,
    }
    return render(request, "leaderboard/exports/lid2020_paper.html", context)


@for_any_origin
@require_safe
def export_paper_table(request: HttpRequest, number: int, extension: str) -> HttpResponse:
    file_format = find_format(extension, TABLE_FORMATS)
    published = next((table for table in TABLES if table.number == number), None)
    if published is None:
        raise Http404("The paper has no such table.")
    return file_response(request, paper_table(published), file_format)


def find_format(extension: str, formats: tuple[Format[AnyTable], ...]) -> Format[AnyTable]:
    """The format with this extension. Raises Http404."""
    found = next((each for each in formats if each.extension == extension), None)
    if found is None:
        raise Http404("There is no such format.")
    return found


def file_response(request: HttpRequest, table: AnyTable, file_format: Format[AnyTable]) -> HttpResponse:
    """The file, or 304 where the client has it; the ETag is weak, as another time alone makes no new file."""
    text = file_format.write(table)
    etag = f'W/"{sha256(text.replace(table.as_of, "").encode()).hexdigest()[:32]}"'
    headers = {
        "Content-Disposition": f'attachment; filename="{table.name}.{file_format.extension}"',
        "Cache-Control": "public, no-cache",  # kept, but revalidated each time
        "ETag": etag,
    }
    response = HttpResponse(text, content_type=file_format.content_type, headers=headers)
    return unless_known(request, response)
