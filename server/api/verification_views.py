"""API views of verification cases: a team's own, and the organisers' acts on all."""

from typing import Any
from uuid import UUID, uuid4

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from server.api.acts import OrganiserAct, TeamAct
from server.api.known_names import KnownParametersOnly
from server.api.organiser_views import ANSWERS
from server.api.permissions import ByToken
from server.api.requests import TokenRequest
from server.api.schema import refusals
from server.api.verification_serializers import AllCasesSerializer, CaseSerializer
from server.verification import asking, opening, sending, verdicts
from server.verification.forms import ExtendForm, LinkForm, MessageForm, OpenForm, ReasonForm, VerdictForm
from server.verification.models import VerificationCase
from server.verification.team_views import own_cases

Cleaned = dict[str, Any]
ANSWERED: dict[Any, Any] = {200: CaseSerializer, **refusals(403, 404, 409, 411, 413, 415)}


class Cases(KnownParametersOnly):
    """Your team's verification cases, newest first."""

    permission_classes = (ByToken,)

    @extend_schema(responses={200: CaseSerializer(many=True), **refusals(404)}, operation_id="own_cases_list")
    def get(self, request: TokenRequest) -> Response:
        return Response(CaseSerializer(own_cases(request.user), many=True).data)


class CaseDetail(KnownParametersOnly):
    """A verification case of your team. Files are uploaded on its page."""

    permission_classes = (ByToken,)

    @extend_schema(responses={200: CaseSerializer, **refusals(404)})
    def get(self, request: TokenRequest, case: UUID) -> Response:
        return Response(CaseSerializer(get_object_or_404(own_cases(request.user), pk=case)).data)


class CaseAct(TeamAct):
    """Base of what a team sends in a case."""

    def done(self, request: TokenRequest, case: VerificationCase, form: Any) -> None:
        raise NotImplementedError

    @extend_schema(responses=ANSWERED)
    def post(self, request: TokenRequest, case: UUID) -> Response:
        found = get_object_or_404(own_cases(request.user), pk=case)
        self.done(request, found, self.filled_in(request))
        return Response(CaseSerializer(own_cases(request.user).get(pk=case)).data)


class CaseLink(CaseAct):
    """Say where the code is (`code_url`, `commit`) and how many parameters you counted (`parameters`)."""

    form_class = LinkForm

    def done(self, request: TokenRequest, case: VerificationCase, form: LinkForm) -> None:
        sending.give_link(case=case, link=form.cleaned_link(), by=request.user)


class CaseMessages(CaseAct):
    """Write to the organisers: `text`."""

    form_class = MessageForm

    def done(self, request: TokenRequest, case: VerificationCase, form: MessageForm) -> None:
        text = form.cleaned_data["text"]
        sending.write(case=case, text=text, by=request.user, from_team=True, key=uuid4().hex)


def _act(description: str) -> Any:
    said = f"{description}, `dry_run`, `preview`. With `dry_run` true the answer says what would follow."
    return extend_schema(description=said, responses=ANSWERS)


@extend_schema_view(
    get=extend_schema(responses={200: AllCasesSerializer(many=True), **refusals(403, 404)}),
    post=_act("Opens cases. Fields: `submissions` (ids), `due_at`, `asked_for`"),
)
class AllCases(OrganiserAct):
    """All verification cases, newest first; POST opens some."""

    form_class = OpenForm

    def get(self, request: Request) -> Response:
        return Response(AllCasesSerializer(VerificationCase.objects.with_rows(), many=True).data)

    def preview_of(self, data: Cleaned) -> Any:
        return opening.preview_open(**_said(data))

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None) -> dict[str, object]:
        opened = opening.open_cases(**_said(data), by=request.user, seen=seen)
        return {"cases": [str(case.pk) for case in opened]}


def _said(data: Cleaned) -> Cleaned:
    return data | {"submissions": list(data["submissions"].order_by("received_at"))}


def _found(key: UUID) -> VerificationCase:
    return get_object_or_404(VerificationCase.objects.with_rows(), pk=key)


@_act("Sets a later due date, or asks for more. Fields: `due_at`, `reason`")
class ExtendCase(OrganiserAct):
    form_class = ExtendForm

    def preview_of(self, data: Cleaned, *, case: UUID) -> Any:
        return asking.preview_extend(_found(case), data["due_at"])

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, case: UUID) -> None:
        asking.extend(_found(case), **data, by=request.user, seen=seen)


@_act("Closes a case. Fields: `verdict`, `disqualify`, `call_up`, `next_due_at`, `reason`")
class CloseCase(OrganiserAct):
    form_class = VerdictForm

    def preview_of(self, data: Cleaned, *, case: UUID) -> Any:
        return verdicts.preview_verdict(_found(case), self.form.cleaned_verdict())

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, case: UUID) -> dict[str, object]:
        verdict, reason = self.form.cleaned_verdict(), data["reason"]
        opened = verdicts.give_verdict(_found(case), verdict=verdict, reason=reason, by=request.user, seen=seen)
        return {"cases": [str(one.pk) for one in opened]}


@_act("Undoes the end of a case, and the review that came with it. Fields: `reason`")
class ReopenCase(OrganiserAct):
    form_class = ReasonForm

    def preview_of(self, data: Cleaned, *, case: UUID) -> Any:
        return verdicts.preview_reopen(_found(case))

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, case: UUID) -> None:
        verdicts.reopen(_found(case), **data, by=request.user, seen=seen)
