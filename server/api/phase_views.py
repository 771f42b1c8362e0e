"""API view of a change of the dates of phases."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from server.api.act_serializers import act_answer
from server.api.acts import OrganiserAct
from server.api.requests import TokenRequest
from server.api.schema import refusals
from server.phases.forms import ChangeActForm
from server.phases.services import Preview, change_phases, preview_change

ANSWER = act_answer(
    "ChangedPhases",
    changed=serializers.ListField(child=serializers.IntegerField(), help_text="Ids of phases."),
    announcement=serializers.IntegerField(allow_null=True, help_text="Id of its draft."),
)


@extend_schema(responses={200: ANSWER, **refusals(409)})
class ChangePhases(OrganiserAct):
    """Extend, move, pause, resume, reopen or close one or several phases, all or none.

    Fields: `phases` (ids), `act`, its times (`hours`, `opens_at`, `closes_at`, `no_end`), `reason`, `confirmed`.
    """

    form_class = ChangeActForm

    def preview_of(self, data: dict[str, Any], **keys: Any) -> Preview:
        return preview_change(list(data["phases"]), ChangeActForm.change_of(data))

    def do(
        self, request: TokenRequest, data: dict[str, Any], *, seen: str | None, **keys: Any
    ) -> dict[str, object]:
        done = change_phases(
            list(data["phases"]),
            ChangeActForm.change_of(data),
            by=request.user,
            reason=data["reason"],
            seen=seen,
            confirmed=data["confirmed"],
        )
        announcement = done.announcement and done.announcement.pk
        return {"changed": [one.after.pk for one in done.preview.effects], "announcement": announcement}
