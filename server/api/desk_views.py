"""API views of the organisers' desk: what is to be done, and its buttons."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from server.api.acts import OrganiserAct
from server.api.desk_serializers import DeskSerializer, WorkerHostSerializer
from server.api.known_names import KnownParametersOnly
from server.api.organiser_views import ANSWERS, Answer, Cleaned
from server.api.permissions import ForOrganisers
from server.api.requests import TokenRequest
from server.api.schema import refusals
from server.desk import services
from server.desk.forms import PutAwayForm
from server.desk.models import PutAway
from server.desk.sections import phases, sections
from server.desk.services import Consequence
from server.outbox.models import OutboxEmail
from server.submissions.models import Evaluation, WorkerHost

SAID = "With `dry_run` true nothing is done: the answer says what would follow. With `preview`, its name, it is "
SAID += "done only if the same would still follow."


def _act(what: str, *fields: str) -> Any:
    named = ", ".join(f"`{name}`" for name in (*fields, "dry_run", "preview"))
    description = f"{what} Fields: {named}. {SAID}"
    return extend_schema(description=description, responses=ANSWERS)


class Desk(KnownParametersOnly):
    """What is to be done, worst first, and what was put away."""

    permission_classes = (ForOrganisers,)

    @extend_schema(responses={200: DeskSerializer, **refusals(403)})
    def get(self, request: Request) -> Response:
        said = {
            "sections": sections(),
            "coming_up": phases.coming_up(timezone.now()),
            "put_away": PutAway.objects.select_related("by"),
        }
        return Response(DeskSerializer(said, context={"request": request}).data)


@_act("Queues a failed evaluation again. It takes a slot, if it is its submission's first.")
class RunAgain(OrganiserAct):
    def preview_of(self, data: Cleaned, *, evaluation: UUID) -> Consequence:
        return services.preview_run_again(_evaluation(evaluation))

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, evaluation: UUID) -> None:
        services.run_again(_evaluation(evaluation), by=request.user, seen=seen)


@_act("Sends an e-mail again that could not be sent.")
class RetryMail(OrganiserAct):
    def preview_of(self, data: Cleaned, *, mail: UUID) -> Consequence:
        return services.preview_retry(get_object_or_404(_mails(), pk=mail))

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, mail: UUID) -> None:
        services.retry_mail(get_object_or_404(_mails(), pk=mail), by=request.user, seen=seen)


@_act("Sends the e-mails that are held after a restore, and all others from then on.")
class ReleaseMails(OrganiserAct):
    def preview_of(self, data: Cleaned) -> Consequence:
        return services.preview_end_hold(drop=False)

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None) -> None:
        services.end_hold(by=request.user, drop=False, seen=seen)


@_act("Sends none of the e-mails that are held after a restore, and all others from then on.")
class DropMails(OrganiserAct):
    def preview_of(self, data: Cleaned) -> Consequence:
        return services.preview_end_hold(drop=True)

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None) -> None:
        services.end_hold(by=request.user, drop=True, seen=seen)


class WorkerHosts(KnownParametersOnly):
    """The hosts of workers: whether they pause, and why."""

    permission_classes = (ForOrganisers,)

    @extend_schema(responses={200: WorkerHostSerializer(many=True), **refusals(403)})
    def get(self, request: Request) -> Response:
        return Response(WorkerHostSerializer(WorkerHost.objects.order_by("name"), many=True).data)


@_act("Ends the pause of a host that could not score.")
class EndPause(OrganiserAct):
    def preview_of(self, data: Cleaned, *, host: int) -> Consequence:
        return services.preview_end_pause(get_object_or_404(WorkerHost, pk=host))

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, host: int) -> None:
        services.end_pause(get_object_or_404(WorkerHost, pk=host), by=request.user, seen=seen)


@_act("Leaves a line off the desk: `key` is the line's.", "key")
class PutLineAway(OrganiserAct):
    form_class = PutAwayForm

    def preview_of(self, data: Cleaned) -> Consequence:
        return services.preview_put_away(data["key"])

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None) -> Answer:
        return {"id": services.put_away(data["key"], by=request.user, seen=seen).pk}


@_act("Has a line that was put away on the desk again.")
class ShowAgain(OrganiserAct):
    def preview_of(self, data: Cleaned, *, row: int) -> Consequence:
        return services.preview_show_again(get_object_or_404(PutAway, pk=row))

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, row: int) -> None:
        services.show_again(get_object_or_404(PutAway, pk=row), by=request.user, seen=seen)


def _evaluation(key: UUID) -> Evaluation:
    return get_object_or_404(Evaluation.objects.select_related("submission__team", "submission__phase"), pk=key)


def _mails() -> QuerySet[OutboxEmail]:
    return OutboxEmail.objects.select_related("user")
