"""API views of final results, and of organisers' acts: publish, withdraw, paper packs."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from server.api.act_serializers import (
    Effect,
    PaperPackSerializer,
    PublishedResultsSerializer,
    ResultsSerializer,
    act_answer,
    act_answer_of,
)
from server.api.acts import OrganiserAct
from server.api.known_names import KnownParametersOnly
from server.api.permissions import ForOrganisers
from server.api.requests import TokenRequest
from server.api.schema import header, refusals
from server.files import attachment
from server.results import packs, publication
from server.results.forms import PhasesForm, PublishActForm, ReasonForm
from server.results.models import FinalResults, PaperPack
from server.results.shown import all_results, differs, in_force, visible_results
from server.time_format import format_iso

PUBLISHED = act_answer("ResultsPublished", published=PublishedResultsSerializer(many=True))
REQUESTED = act_answer_of("PackRequested", PaperPackSerializer)


class Results(KnownParametersOnly):
    """Final results of all phases, every version: winners and files. `differs`: the live board says otherwise."""

    permission_classes = (AllowAny,)

    @extend_schema(responses={200: ResultsSerializer(many=True)}, operation_id="results_list")
    def get(self, request: Request) -> Response:
        listed = visible_results()
        valid = in_force(listed)
        return Response([_told(results) | _state(results, valid=results in valid) for results in listed])


@extend_schema(responses={200: PUBLISHED, **refusals(409)})
class PublishResults(OrganiserAct):
    """Publish the final results of `phases` (ids): `reason`, which is public, `tell`, `confirmed`."""

    form_class = PublishActForm

    def preview_of(self, data: dict[str, Any], **keys: Any) -> publication.PublicationPreview:
        return publication.preview_publication(list(data["phases"]))

    def do(
        self, request: TokenRequest, data: dict[str, Any], *, seen: str | None, **keys: Any
    ) -> dict[str, object]:
        made = publication.publish(**data | {"phases": list(data["phases"])}, by=request.user, seen=seen)
        return {"published": [_told(results) for results in made]}


@extend_schema(responses={200: Effect, **refusals(404, 409)})
class WithdrawResults(OrganiserAct):
    """Withdraw a version: `reason`, which is public, `tell`."""

    form_class = ReasonForm

    def preview_of(self, data: dict[str, Any], *, results: int) -> publication.WithdrawalPreview:
        return publication.preview_withdrawal(_found(results))

    def do(self, request: TokenRequest, data: dict[str, Any], *, seen: str | None, results: int) -> None:
        publication.withdraw_results(_found(results), by=request.user, seen=seen, **data)


class PaperPacks(OrganiserAct):
    """Paper packs, newest first; POST has one made about `phases` (ids)."""

    form_class = PhasesForm

    @extend_schema(responses={200: PaperPackSerializer(many=True)}, operation_id="paper_packs_list")
    def get(self, request: Request) -> Response:
        return Response([_pack(pack) for pack in PaperPack.objects.prefetch_related("phases")])

    @extend_schema(responses={200: REQUESTED, **refusals(409)})
    def post(self, request: TokenRequest, **keys: Any) -> Response:
        return super().post(request, **keys)

    def preview_of(self, data: dict[str, Any], **keys: Any) -> str:
        return packs.check_pack(list(data["phases"]))

    def do(
        self, request: TokenRequest, data: dict[str, Any], *, seen: str | None, **keys: Any
    ) -> dict[str, object]:
        return _pack(packs.request_pack(list(data["phases"]), by=request.user, seen=seen))


class DownloadPack(KnownParametersOnly):
    """Download a paper pack; the audit log keeps that you did."""

    permission_classes = (ForOrganisers,)

    @extend_schema(
        request=None,
        parameters=[header("Content-Disposition", "The file's name.", 200)],
        responses={(200, "application/zip"): OpenApiTypes.BINARY, **refusals(404, 409)},
    )
    def post(self, request: TokenRequest, pack: UUID) -> FileResponse:
        found = get_object_or_404(PaperPack, pk=pack)
        path = packs.download_pack(found, by=request.user)
        return attachment(path, packs.file_name(found), "application/zip")


@extend_schema(responses={200: Effect, **refusals(404, 409)})
class DeletePack(OrganiserAct):
    """Delete a paper pack before its days are over."""

    def preview_of(self, data: dict[str, Any], *, pack: UUID) -> str:
        return packs.preview_delete_pack(get_object_or_404(PaperPack, pk=pack))

    def do(self, request: TokenRequest, data: dict[str, Any], *, seen: str | None, pack: UUID) -> None:
        packs.delete_as_organiser(get_object_or_404(PaperPack, pk=pack), by=request.user, seen=seen)


def _found(key: int) -> FinalResults:
    return get_object_or_404(all_results(), pk=key)


def _told(results: FinalResults) -> dict[str, object]:
    phase = results.phase
    return {
        "id": results.pk,
        "phase": phase.pk,
        "track": phase.track.slug,
        "slug": phase.slug,
        "version": results.number,
        "published_at": format_iso(results.published_at),
        "reason": results.reason,
        "headline": results.headline,
        "winners": results.winners,
        "url": settings.SITE_URL + results.get_absolute_url(),
        "files": [
            {
                "name": file.name,
                "url": settings.SITE_URL + file.get_absolute_url(),
                "content_type": file.content_type,
                "size": file.size,
                "sha256": file.sha256,
            }
            for file in results.files.defer("content").order_by("pk")
        ],
    }


def _state(results: FinalResults, *, valid: bool) -> dict[str, object]:
    withdrawn = format_iso(results.withdrawn_at) if results.withdrawn_at else None
    return {
        "in_force": valid,
        "differs": valid and differs(results),
        "withdrawn_at": withdrawn,
        "withdrawn_reason": results.withdrawn_reason,
    }


def _pack(pack: PaperPack) -> dict[str, object]:
    return {
        "id": str(pack.pk),
        "phases": [phase.pk for phase in pack.phases.all()],
        "state": pack.state,
        "created_at": format_iso(pack.created_at),
        "delete_at": format_iso(pack.delete_at) if pack.delete_at else None,
        "size": pack.size,
        "sha256": pack.sha256,
    }
