"""API views of public data: editions, tracks, phases, leaderboards."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from leaderboard.cache.cache import CachedResponse, board_cache
from leaderboard.cache.version import version_of
from leaderboard.exports.lid2020_paper import TABLES
from leaderboard.intervals.queries import intervals_of, with_intervals
from leaderboard.ranking.as_of import requested_at, rule_for
from leaderboard.ranking.standings import Standing, standings
from server.api.act_serializers import ManifestSerializer
from server.api.exceptions import InvalidParameter, Missing
from server.api.filters import PhaseFilter, TrackFilter
from server.api.known_names import KnownParametersOnly
from server.api.leaderboard_serializers import LeaderboardSerializer
from server.api.pagination import PAGING
from server.api.schema import header, refusals
from server.api.serializers import EditionSerializer, PaperTableSerializer, PhaseSerializer, TrackSerializer
from server.files import attachment
from server.submissions.exceptions import NoGroundTruth
from server.submissions.models import Evaluation
from server.time_format import InvalidTime
from server.tracks.models import Edition, Phase, Track

TRACKS = Track.objects.select_related("edition").prefetch_related("phases__track")
PHASES = Phase.objects.select_related("track__edition")
AT = OpenApiParameter(
    "at", OpenApiTypes.DATETIME, description="The leaderboard at this time; without a time zone, UTC."
)
YES_OR_NO = {"1": True, "true": True, "0": False, "false": False, "": False}


class OfVisibleEditions(GenericAPIView):
    """View of the tracks or phases that the token's owner, or a visitor, may see."""

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        return cast(QuerySet[Any], rows.visible_to(self.request.user))


@extend_schema(responses={200: EditionSerializer(many=True), **refusals(404)})
class EditionList(OfVisibleEditions, KnownParametersOnly, ListAPIView):
    """The editions (years) of the challenge, the current one first: past ones are its archive.

    Their tracks, phases and leaderboards have the same addresses as ever: `/api/v1/tracks/?edition=2020`.
    """

    permission_classes = (AllowAny,)
    serializer_class = EditionSerializer
    queryset = Edition.objects.prefetch_related("tracks")
    query_parameters = PAGING


class PaperTables(KnownParametersOnly):
    """The tables of the challenge's paper of 2020, as printed. This server scored none of their rows."""

    permission_classes = (AllowAny,)

    @extend_schema(
        responses={200: PaperTableSerializer(many=True), **refusals()}, operation_id="paper_tables_list"
    )
    def get(self, request: Request) -> Response:
        return Response(PaperTableSerializer(TABLES, many=True).data)


@extend_schema(responses={200: TrackSerializer(many=True), **refusals(404)})
class TrackList(OfVisibleEditions, KnownParametersOnly, ListAPIView):
    """The tracks of the challenge with their phases: those of the latest edition first."""

    permission_classes = (AllowAny,)
    serializer_class = TrackSerializer
    filterset_class = TrackFilter
    queryset = TRACKS
    query_parameters = (*PAGING, *TrackFilter.base_filters)


@extend_schema(
    parameters=[header("Location", "The present address of a track that had this slug.", 301, required=True)],
    responses={200: TrackSerializer, 301: None},
)
class TrackDetail(OfVisibleEditions, KnownParametersOnly, RetrieveAPIView):
    """One track: its task, data, labels, rules, columns and phases."""

    permission_classes = (AllowAny,)
    serializer_class = TrackSerializer
    queryset = TRACKS
    lookup_field = "slug"
    lookup_url_kwarg = "track"


@extend_schema(responses={200: PhaseSerializer(many=True), **refusals(404)})
class PhaseList(OfVisibleEditions, KnownParametersOnly, ListAPIView):
    """The phases of all tracks: those of the latest edition first."""

    permission_classes = (AllowAny,)
    serializer_class = PhaseSerializer
    filterset_class = PhaseFilter
    queryset = PHASES
    query_parameters = (*PAGING, *PhaseFilter.base_filters)


@extend_schema(responses={200: PhaseSerializer, **refusals(404)})
class PhaseDetail(OfVisibleEditions, KnownParametersOnly, RetrieveAPIView):
    """One phase: its dates, quota and state."""

    permission_classes = (AllowAny,)
    serializer_class = PhaseSerializer
    queryset = PHASES
    lookup_url_kwarg = "phase"


class Leaderboard(KnownParametersOnly):
    """A phase's leaderboard, best first. Equal printed headline scores share a rank, earlier submission first.

    Responses have an ETag: with If-None-Match, an unchanged leaderboard returns 304 without a body.
    """

    permission_classes = (AllowAny,)
    query_parameters = ("curves", "at")

    @extend_schema(
        parameters=[
            OpenApiParameter("curves", bool, description="1: include the rows' curves."),
            OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="An ETag."),
            header("ETag", "Names this content; weak. Not of the past.", 200, 304),
            AT,
        ],
        responses={200: LeaderboardSerializer, 304: None},
    )
    def get(self, request: Request, phase: int) -> HttpResponse:
        chosen = get_object_or_404(PHASES.visible_to(request.user), pk=phase)
        curves, at = is_ticked(request, "curves"), as_of(request)
        if at:
            return Response(_board(request, chosen, curves, at))
        name = ("json", chosen.pk, curves, request.build_absolute_uri("/"))
        cached: CachedResponse = board_cache.get(
            name, version_of(chosen), lambda: _cached(_board(request, chosen, curves, None))
        )
        return cached.respond(request)

    def get_throttles(self) -> list[BaseThrottle]:
        """Throttle only boards of the past: the others are cached, which costs less than counting requests."""
        return super().get_throttles() if self.request.query_params.get("at") else []


def as_of(request: Request) -> datetime | None:
    """Return the past time that is asked for; None for now. Raises InvalidParameter."""
    try:
        return requested_at(request.query_params)
    except InvalidTime as reason:
        raise InvalidParameter(errors={"at": [str(reason)]}) from reason


def is_ticked(request: Request, name: str) -> bool:
    """Return whether a query parameter says yes. Raises InvalidParameter where it says neither yes nor no."""
    try:
        return YES_OR_NO[request.query_params.get(name, "").lower()]
    except KeyError as error:
        raise InvalidParameter(errors={name: ["Write 1 or 0."]}) from error


def _board(request: Request, phase: Phase, curves: bool, at: datetime | None) -> dict[str, object]:
    rows, rule = standings(phase, at=at), rule_for(phase, at)
    intervals = intervals_of(phase, rows, at=at)
    rows = with_intervals(rows, intervals)
    board = {
        "phase": phase,
        "columns": phase.track.description.columns,
        "rule": rule and rule.number,
        "as_of": at,
        "withheld": intervals.withheld if intervals else "",
        "warnings": intervals.warnings if intervals else (),
        "method": intervals.job.method if intervals else None,
        "rows": rows,
    }
    context = {"request": request, "curves": _curves(rows) if curves else {}}
    return LeaderboardSerializer(board, context=context).data


def _cached(board: dict[str, object]) -> CachedResponse:
    return CachedResponse.of(JSONRenderer().render(board), "application/json")


def _curves(rows: list[Standing]) -> dict[UUID, list[float | None] | None]:
    shown = [row.evaluation.pk for row in rows]
    return dict(Evaluation.objects.filter(pk__in=shown).values_list("pk", "curve"))


class ManifestView(KnownParametersOnly):
    """The manifest of the phase's split, with image ids and sizes; `python -m evaluator check` reads it."""

    permission_classes = (AllowAny,)

    @extend_schema(
        parameters=[header("Content-Disposition", "The file's name.", 200)], responses={200: ManifestSerializer}
    )
    def get(self, request: Request, phase: int) -> FileResponse:
        chosen = get_object_or_404(PHASES.visible_to(request.user), pk=phase)
        rule = chosen.published_rule()
        try:
            if rule:
                name = f"{rule.track.slug}-{rule.split}.manifest.json"
                return attachment(rule.ground_truth.manifest_path, name, "application/json")
        except FileNotFoundError as error:
            raise Http404 from error
        raise Missing(NoGroundTruth(chosen))
