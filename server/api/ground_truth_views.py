"""API views of ground truth: what there is, uploading, publishing and removing a draft."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from server.api.act_serializers import act_answer
from server.api.acts import OrganiserAct
from server.api.form_schema import Schema, request_of
from server.api.organiser_serializers import GroundTruthSerializer
from server.api.requests import TokenRequest
from server.api.schema import ACT_FIELDS, refusals
from server.tracks import drafts
from server.tracks.models import GroundTruth, Track
from server.tracks.upload_form import OptionsForm, ReasonActForm, UploadForm

OPTION = {"description": "option_NAME: an option of the track's scorer; left out: as it is."}
OPTIONS: Schema = request_of(OptionsForm, ACT_FIELDS) | {"additionalProperties": OPTION}
UPLOAD: Schema = request_of(UploadForm, ACT_FIELDS) | {"additionalProperties": OPTION}
UPLOAD["properties"]["file"] = {"type": "string", "format": "binary", "description": "The zip of PNGs."}
ANSWER = act_answer(
    "DraftDecided",
    rule=serializers.IntegerField(help_text="The number of the published scoring rule."),
    split=serializers.CharField(help_text="Its split."),
    id=serializers.UUIDField(help_text="Of the new draft."),
    removed=serializers.UUIDField(help_text="Of the draft that was removed."),
)
ANSWERS: dict[Any, Any] = {200: ANSWER, **refusals(404, 409)}


def _row(key: UUID) -> GroundTruth:
    return get_object_or_404(GroundTruth.objects.select_related("track"), pk=key)


def _track(slug: str) -> Track:
    return get_object_or_404(Track, slug=slug)


class TrackGroundTruth(OrganiserAct):
    """Ground truth of a track, newest first; POST uploads a zip as a draft."""

    form_class = UploadForm
    parser_classes = (MultiPartParser,)

    @extend_schema(responses={200: GroundTruthSerializer(many=True)}, operation_id="ground_truth_list")
    def get(self, request: Request, track: str) -> Response:
        rows = GroundTruth.objects.filter(track=_track(track)).prefetch_related("rules")
        return Response(GroundTruthSerializer(rows, many=True).data)

    @extend_schema(request={"multipart/form-data": UPLOAD}, responses=ANSWERS)
    def post(self, request: TokenRequest, **keys: Any) -> Response:
        """Upload a zip of PNGs as a draft, which a worker packs and verifies."""
        return super().post(request, **keys)

    def make_form(self, *sent: Any, **keys: Any) -> UploadForm:
        return UploadForm(*sent, track=_track(keys["track"]))

    def preview_of(self, data: dict[str, Any], *, track: str) -> drafts.UploadPreview:
        return drafts.preview_upload(_track(track), self.form)

    def do(
        self, request: TokenRequest, data: dict[str, Any], *, seen: str | None, track: str
    ) -> dict[str, object]:
        return {"id": str(drafts.upload_draft(_track(track), self.form, by=request.user, seen=seen).pk)}


@extend_schema(request={"application/json": OPTIONS}, responses=ANSWERS)
class PackAgain(OrganiserAct):
    """Pack ground truth again as a draft, with other options (`option_NAME`) or for a new scorer version."""

    form_class = OptionsForm

    def make_form(self, *sent: Any, **keys: Any) -> OptionsForm:
        row = _row(keys["ground_truth"])
        return OptionsForm(*sent, track=row.track, present=row.options)

    def preview_of(self, data: dict[str, Any], *, ground_truth: UUID) -> drafts.UploadPreview:
        return drafts.preview_packing_again(_row(ground_truth), self.form.options)

    def do(
        self, request: TokenRequest, data: dict[str, Any], *, seen: str | None, ground_truth: UUID
    ) -> dict[str, object]:
        packed = drafts.pack_again(_row(ground_truth), self.form.options, by=request.user, seen=seen)
        return {"id": str(packed.pk)}


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
