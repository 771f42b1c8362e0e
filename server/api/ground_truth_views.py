"""API views of acts on drafts of ground truth."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from server.api.act_serializers import act_answer
from server.api.acts import OrganiserAct
from server.api.requests import TokenRequest
from server.api.schema import refusals
from server.tracks import drafts
from server.tracks.models import GroundTruth
from server.tracks.upload_form import ReasonActForm

ANSWER = act_answer(
    "DraftDecided",
    rule=serializers.IntegerField(help_text="The number of the published scoring rule."),
    split=serializers.CharField(help_text="Its split."),
    removed=serializers.UUIDField(help_text="Of the draft that was removed."),
)
ANSWERS: dict[Any, Any] = {200: ANSWER, **refusals(404, 409)}


def _row(key: UUID) -> GroundTruth:
    return get_object_or_404(GroundTruth.objects.select_related("track"), pk=key)


@extend_schema(responses=ANSWERS)
class PublishGroundTruth(OrganiserAct):
    """Publish a scoring rule with a draft. Field: `reason`."""

    form_class = ReasonActForm

    def preview_of(self, data: dict[str, Any], **keys: Any) -> drafts.Publication:
        return drafts.preview_publication(_row(keys["ground_truth"]))

    def do(
        self, request: TokenRequest, data: dict[str, Any], *, seen: str | None, **keys: Any
    ) -> dict[str, object]:
        rule = drafts.publish_draft(_row(keys["ground_truth"]), by=request.user, reason=data["reason"], seen=seen)
        return {"rule": rule.number, "split": rule.split}


@extend_schema(responses=ANSWERS)
class RemoveGroundTruth(OrganiserAct):
    """Remove a draft with its files. Field: `reason`."""

    form_class = ReasonActForm

    def preview_of(self, data: dict[str, Any], **keys: Any) -> drafts.Removal:
        return drafts.preview_removal(_row(keys["ground_truth"]))

    def do(
        self, request: TokenRequest, data: dict[str, Any], *, seen: str | None, **keys: Any
    ) -> dict[str, object]:
        drafts.remove_draft(_row(keys["ground_truth"]), by=request.user, reason=data["reason"], seen=seen)
        return {"removed": str(keys["ground_truth"])}
