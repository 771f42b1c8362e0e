"""API views of what pages show of a board's rows beside the board: curves, classes, pairs, significance."""

from datetime import datetime
from itertools import combinations

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from leaderboard.classes.page import ClassPage, NoSuchRow, class_page, rows_by_key
from leaderboard.compare.pairs import CannotCompare, Pair, pairs_of, select_rows
from leaderboard.curves.board_curves import curves_of, key_of
from leaderboard.figures.axes import Axes
from leaderboard.figures.curve import Curve
from leaderboard.intervals.pair_words import why_no_intervals
from leaderboard.intervals.queries import intervals_of
from leaderboard.ranking.snapshot import snapshot_of
from leaderboard.ranking.standings import Standing, standings, standings_from
from leaderboard.significance.matrix import Relation, SignificanceMap
from leaderboard.significance.page import significance_of
from server.accounts.requests import reader_of
from server.api.board_serializers import (
    ClassesPageSerializer,
    CompareSerializer,
    CurvesPageSerializer,
    SignificanceSerializer,
)
from server.api.exceptions import InvalidParameter
from server.api.known_names import KnownParametersOnly
from server.api.schema import refusals
from server.api.views import AT, PHASES, as_of, is_ticked
from server.tracks.models import Phase

ROWS = OpenApiParameter("row", OpenApiTypes.UUID, many=True, description="A row's id; may be repeated.")
BANDS = OpenApiParameter("bands", bool, description="1: include their confidence bands.")


class OfBoard(KnownParametersOnly):
    """Base of views of a phase's board, now or at a past time."""

    permission_classes = (AllowAny,)

    def asked(self, request: Request, phase: int) -> tuple[Phase, datetime | None]:
        return get_object_or_404(PHASES.visible_to(request.user), pk=phase), as_of(request)


class Curves(OfBoard):
    """The curves of the ranked rows, such as IoU by threshold; of all, or of those that are asked for."""

    query_parameters = ("row", "bands", "at")
    repeatable = ("row",)

    @extend_schema(parameters=[ROWS, BANDS, AT], responses={200: CurvesPageSerializer, **refusals(404, 503)})
    def get(self, request: Request, phase: int) -> Response:
        chosen, at = self.asked(request, phase)
        snapshot, axes = snapshot_of(chosen, at), Axes.of(chosen.track.description)
        rows = standings_from(snapshot) if snapshot else []
        shown = _asked_for(request, rows) or [row for row in rows if row.rank is not None]
        intervals = intervals_of(chosen, rows, at=at) if is_ticked(request, "bands") else None
        drawn = curves_of(snapshot, shown, intervals) if snapshot and axes else []
        return Response(CurvesPageSerializer(_curves(axes, at, shown, drawn)).data)


def _curves(axes: Axes | None, at: datetime | None, rows: list[Standing], drawn: list[Curve]) -> dict[str, object]:
    by_key = {key_of(row.evaluation): row for row in rows}
    told = [_curve(axes, by_key[curve.key], curve) for curve in drawn] if axes else []
    return {"as_of": at, "axes": axes, "curves": told}


def _curve(axes: Axes, row: Standing, curve: Curve) -> dict[str, object]:
    return {
        "evaluation": row.evaluation,
        "rank": row.rank,
        "name": row.name,
        "peak_x": curve.peak_x,
        "values": [axes.y.rounded(value) for value in curve.values],
        "low": curve.band and curve.band.low,
        "high": curve.band and curve.band.high,
    }


class Classes(OfBoard):
    """The results of each class: of the first row, of the one that is asked for, or of two side by side."""

    query_parameters = ("row", "at")
    repeatable = ("row",)

    @extend_schema(parameters=[ROWS, AT], responses={200: ClassesPageSerializer, **refusals(404, 503)})
    def get(self, request: Request, phase: int) -> Response:
        chosen, at = self.asked(request, phase)
        keys = request.query_params.getlist("row")
        if len(keys) > len(BESIDE):
            raise InvalidParameter(errors={"row": [f"Send at most {len(BESIDE)} rows."]})
        if not chosen.track.description.per_class:
            return Response(ClassesPageSerializer(ClassPage(chosen, at, (), (), ())).data)
        try:
            page = class_page(chosen, at, dict(zip(BESIDE, keys, strict=False)), reader_of(request))
        except NoSuchRow as error:
            raise InvalidParameter(errors={"row": [str(error)]}) from error
        return Response(ClassesPageSerializer(page).data)


BESIDE = ("team", "against")  # as the page calls the rows


class Compare(OfBoard):
    """Two to five rows, pair by pair: how much the headlines differ, and whether significantly."""

    query_parameters = ("row", "at")
    repeatable = ("row",)

    @extend_schema(parameters=[ROWS, AT], responses={200: CompareSerializer, **refusals(404, 503)})
    def get(self, request: Request, phase: int) -> Response:
        chosen, at = self.asked(request, phase)
        rows = standings(chosen, at=at)
        try:
            selected = select_rows(rows, request.query_params.getlist("row"))
        except CannotCompare as error:
            raise InvalidParameter(errors={"row": [str(error)]}) from error
        intervals = intervals_of(chosen, rows, at=at)
        pairs = zip(combinations(selected, 2), pairs_of(selected, intervals), strict=True)
        said = {
            "as_of": at,
            "rows": selected,
            "pairs": [_pair(*two, pair) for two, pair in pairs],
            "why_no_intervals": why_no_intervals(intervals),
        }
        return Response(CompareSerializer(said).data)


def _pair(one: Standing, other: Standing, pair: Pair) -> dict[str, object]:
    names = ("difference", "low", "high", "significantly_different")
    numbers = {name: getattr(pair.estimate, name, None) for name in names}
    return {"first": one.evaluation.pk, "second": other.evaluation.pk, **numbers, "verdict": pair.verdict}


class Significance(OfBoard):
    """Which rows are significantly better than which."""

    query_parameters = ("at",)

    @extend_schema(parameters=[AT], responses={200: SignificanceSerializer, **refusals(404, 503)})
    def get(self, request: Request, phase: int) -> Response:
        chosen, at = self.asked(request, phase)
        found = significance_of(chosen, at)
        said = {"as_of": at, "reason": found.reason, "warnings": found.warnings, "rows": _compared(found.map)}
        return Response(SignificanceSerializer(said).data)


def _compared(drawn: SignificanceMap | None) -> list[dict[str, object]]:
    teams = drawn.rows if drawn else ()
    relations = {"better_than": Relation.BETTER, "worse_than": Relation.WORSE}
    return [
        {"key": team.key, "rank": team.rank, "name": team.name}
        | {name: [teams[place].key for place in team.others(which)] for name, which in relations.items()}
        for team in teams
    ]


def _asked_for(request: Request, rows: list[Standing]) -> list[Standing]:
    try:
        return rows_by_key(rows, request.query_params.getlist("row"))
    except NoSuchRow as error:
        raise InvalidParameter(errors={"row": [str(error)]}) from error
