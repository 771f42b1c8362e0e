"""API views of re-scores: the list, and the acts of starting, publishing and dropping one."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from server.api.act_serializers import (
    Effect,
    RescoreDetailSerializer,
    RescoreSerializer,
    act_answer,
    act_answer_of,
)
from server.api.acts import OrganiserAct, as_json
from server.api.known_names import KnownParametersOnly
from server.api.permissions import ForOrganisers
from server.api.requests import TokenRequest
from server.api.schema import refusals
from server.rescores import publication, services
from server.rescores.dry_run import progress_of
from server.rescores.forms import DropForm, PublishForm, StartForm
from server.rescores.models import Rescore
from server.rescores.table import changes_of
from server.rescores.table_csv import facts_of

STARTED = act_answer_of("RescoreDecided", RescoreSerializer)
QUEUED = act_answer("RescoreQueued", queued=serializers.IntegerField(help_text="Evaluations, now queued."))


class Rescores(OrganiserAct):
    """Re-scores, newest first; POST starts one.

    Fields: `ground_truth` (its id), `phases` (ids), `scope`; with “chosen”, `teams` and `submissions` (ids).
    """

    form_class = StartForm

    @extend_schema(responses={200: RescoreSerializer(many=True)}, operation_id="rescores_list")
    def get(self, request: Request) -> Response:
        return Response([_facts(rescore) for rescore in Rescore.objects.select_related("track", "rule")])

    @extend_schema(responses={200: STARTED, **refusals(409)})
    def post(self, request: TokenRequest, **keys: Any) -> Response:
        return super().post(request, **keys)

    def preview_of(self, data: dict[str, Any], **keys: Any) -> services.StartPreview:
        return services.preview_start(data["ground_truth"], list(data["phases"]), self.form.choice())

    def do(
        self, request: TokenRequest, data: dict[str, Any], *, seen: str | None, **keys: Any
    ) -> dict[str, object]:
        phases, choice = list(data["phases"]), self.form.choice()
        ground_truth = data["ground_truth"]
        started = services.start(
            ground_truth=ground_truth, phases=phases, choice=choice, by=request.user, seen=seen
        )
        return _facts(started)


class RescoreDetail(KnownParametersOnly):
    """A re-score; while it is a dry run with `tables`, of each phase the scores and ranks before and now."""

    permission_classes = (ForOrganisers,)

    @extend_schema(responses={200: RescoreDetailSerializer, **refusals(404)})
    def get(self, request: Request, rescore: UUID) -> Response:
        found = _found(rescore)
        phases = publication.choosable_phases(found) if found.state == Rescore.State.OPEN else []
        tables = [facts_of(phase, table) for phase, table in changes_of(found, phases).items()]
        return Response(_facts(found) | {"tables": tables})


@extend_schema(responses={200: Effect, **refusals(404, 409)})
class PublishRescore(OrganiserAct):
    """Have phases follow the new rule: `phases` (ids), `reason`, which is public."""

    form_class = PublishForm

    def preview_of(self, data: dict[str, Any], **keys: Any) -> publication.PublicationPreview:
        return publication.preview_publication(_found(keys["rescore"]), list(data["phases"]))

    def do(
        self, request: TokenRequest, data: dict[str, Any], *, seen: str | None, **keys: Any
    ) -> dict[str, object]:
        found, phases = _found(keys["rescore"]), list(data["phases"])
        done = publication.publish(found, phases, reason=data["reason"], by=request.user, seen=seen)
        return {"effect": as_json(done)}


@extend_schema(responses={200: QUEUED, **refusals(404, 409)})
class RunFailedAgain(OrganiserAct):
    """Queue the evaluations of a dry run again that failed."""

    def preview_of(self, data: dict[str, Any], *, rescore: UUID) -> services.QueuePreview:
        return services.preview_run_failed_again(_found(rescore))

    def do(
        self, request: TokenRequest, data: dict[str, Any], *, seen: str | None, rescore: UUID
    ) -> dict[str, object]:
        return {"queued": services.run_failed_again(_found(rescore), by=request.user, seen=seen)}


@extend_schema(responses={200: QUEUED, **refusals(404, 409)})
class IncludeAll(OrganiserAct):
    """Have a dry run of some submissions score all, which publishing needs."""

    def preview_of(self, data: dict[str, Any], *, rescore: UUID) -> services.QueuePreview:
        return services.preview_include_all(_found(rescore))

    def do(
        self, request: TokenRequest, data: dict[str, Any], *, seen: str | None, rescore: UUID
    ) -> dict[str, object]:
        return {"queued": services.include_all(_found(rescore), by=request.user, seen=seen)}


@extend_schema(responses={200: STARTED, **refusals(404, 409)})
class DropRescore(OrganiserAct):
    """End a re-score without any effect: `reason`, which may be empty."""

    form_class = DropForm

    def preview_of(self, data: dict[str, Any], **keys: Any) -> str:
        return services.preview_drop(_found(keys["rescore"]))

    def do(
        self, request: TokenRequest, data: dict[str, Any], *, seen: str | None, **keys: Any
    ) -> dict[str, object]:
        services.drop(_found(keys["rescore"]), by=request.user, reason=data["reason"], seen=seen)
        return _facts(_found(keys["rescore"]))


def _found(key: UUID) -> Rescore:
    return get_object_or_404(Rescore.objects.select_related("track", "rule"), pk=key)


def _facts(rescore: Rescore) -> dict[str, object]:
    progress = as_json(progress_of(rescore)) if rescore.state == Rescore.State.OPEN else None
    facts = {"track": rescore.track.slug, "split": rescore.split, "rule": rescore.number}
    return {"id": str(rescore.pk), "state": rescore.state, **facts, "progress": progress}
