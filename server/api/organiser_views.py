"""API views of organisers' acts: decisions about teams and rows. All take `dry_run`."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_list_or_404, get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from leaderboard import services as reviews
from leaderboard import team_disqualification
from leaderboard.models import Review
from server.accounts.requests import user_of
from server.api.act_serializers import Effect
from server.api.acts import OrganiserAct
from server.api.known_names import KnownParametersOnly
from server.api.organiser_serializers import (
    OrganisersTeamSerializer,
    PublicLogEntrySerializer,
    TeamLockSerializer,
)
from server.api.pagination import PAGING
from server.api.permissions import ForOrganisers
from server.api.requests import TokenRequest
from server.api.schema import refusals
from server.audit.models import PublicLogEntry
from server.decisions.forms import (
    ActForm,
    CaptainForm,
    DisqualifyForm,
    EraseForm,
    ReasonForm,
    RenameForm,
    ReviewForm,
    SlotsForAllForm,
    SlotsForm,
)
from server.erasure import services as erasure
from server.submissions import look_alike_acts, slot_grants
from server.submissions.models import LookAlike, Submission, TeamDisqualification
from server.teams.captains import appoint_captain, preview_appoint
from server.teams.models import Team, TeamLock
from server.teams.renaming import preview_rename, rename_as_organiser
from server.teams.team_locks import as_of_now, end_team_lock, preview_end_lock

Cleaned = dict[str, Any]
Answer = dict[str, int | str]


def act(*fields: str, tell: bool = True) -> Any:
    """Document an act that takes these fields beside `reason` and, unless it mails nobody, `tell`."""
    named = ", ".join(f"`{name}`" for name in (*fields, "reason", *(["tell"] if tell else [])))
    mail = " `tell` false sends the team no mail." if tell else ""
    return extend_schema(description=DESCRIPTION.format(named, mail), responses=ANSWERS)


DESCRIPTION = (
    "Fields: {}, `dry_run`, `preview`.{} With `dry_run` true nothing is done: "
    "the answer says what would follow. With `preview`, its name, it is done only if the same would still follow."
)
ANSWERS: dict[Any, Any] = {200: Effect, **refusals(403, 404, 409, 411, 413, 415)}


class PublicLog(KnownParametersOnly, ListAPIView):
    """The public log, newest first."""

    permission_classes = (AllowAny,)
    serializer_class = PublicLogEntrySerializer
    queryset = PublicLogEntry.objects.all()
    query_parameters = PAGING

    @extend_schema(responses={200: PublicLogEntrySerializer(many=True), **refusals(404)})
    def get(self, request: Request) -> Response:
        return self.list(request)


class Teams(KnownParametersOnly, ListAPIView):
    """All teams, by name."""

    permission_classes = (ForOrganisers,)
    serializer_class = OrganisersTeamSerializer
    queryset = Team.objects.prefetch_related("memberships__user").order_by("name", "pk")
    query_parameters = PAGING

    @extend_schema(responses={200: OrganisersTeamSerializer(many=True), **refusals(403, 404)})
    def get(self, request: Request) -> Response:
        return self.list(request)


class TeamLocks(KnownParametersOnly):
    """The locks of a team's members, newest first."""

    permission_classes = (ForOrganisers,)

    @extend_schema(responses={200: TeamLockSerializer(many=True), **refusals(403, 404)})
    def get(self, request: Request, team: str) -> Response:
        locks = get_object_or_404(Team, pk=team).team_locks.select_related("user").order_by("-since")
        return Response(TeamLockSerializer(as_of_now(locks), many=True).data)


@act("name", "affiliation")
class RenameTeam(OrganiserAct):
    form_class = RenameForm

    def preview_of(self, data: Cleaned, *, team: str) -> Any:
        return preview_rename(get_object_or_404(Team, pk=team), data["name"], data["affiliation"])

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, team: str) -> None:
        rename_as_organiser(team=get_object_or_404(Team, pk=team), by=request.user, seen=seen, **data)


@act("member")
class AppointCaptain(OrganiserAct):
    """`member` is the id of a member, which the list of teams has."""

    form_class = CaptainForm

    def preview_of(self, data: Cleaned, *, team: UUID) -> Any:
        return preview_appoint(get_object_or_404(Team, pk=team), data["member"])

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, team: UUID) -> None:
        appoint_captain(team=get_object_or_404(Team, pk=team), by=request.user, seen=seen, **data)


@act("scope")
class DisqualifyTeam(OrganiserAct):
    """`scope` is `all`, `edition:SLUG`, `track:SLUG` or `phase:ID`."""

    form_class = DisqualifyForm

    def preview_of(self, data: Cleaned, *, team: UUID) -> Any:
        found = get_object_or_404(Team, pk=team)
        return team_disqualification.preview_disqualify_team(found, data["scope"])

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, team: UUID) -> Answer:
        found = get_object_or_404(Team, pk=team)
        return {"act": str(team_disqualification.disqualify_team(team=found, by=request.user, seen=seen, **data))}


@act()
class UndoDisqualification(OrganiserAct):
    form_class = ActForm

    def preview_of(self, data: Cleaned, *, act: UUID) -> Any:
        get_list_or_404(TeamDisqualification, act=act)
        return team_disqualification.preview_undo_disqualification(act)

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, act: UUID) -> None:
        get_list_or_404(TeamDisqualification, act=act)
        team_disqualification.undo_disqualification(act, by=request.user, seen=seen, **data)


@act("account")
class EraseAccount(OrganiserAct):
    """`account` is an address of it."""

    form_class = EraseForm

    def preview_of(self, data: Cleaned) -> Any:
        return erasure.preview_erase(data["account"], user_of(self.request))

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None) -> None:
        erasure.erase(by=request.user, seen=seen, **data)


@act("phase", "extra")
class GrantSlots(OrganiserAct):
    form_class = SlotsForm

    def preview_of(self, data: Cleaned, *, team: str) -> Any:
        return slot_grants.preview_grant(get_object_or_404(Team, pk=team), data["phase"], data["extra"])

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, team: str) -> None:
        slot_grants.grant(team=get_object_or_404(Team, pk=team), by=request.user, seen=seen, **data)


@act("phase", "extra")
class GrantSlotsToAll(OrganiserAct):
    form_class = SlotsForAllForm

    def preview_of(self, data: Cleaned) -> Any:
        return slot_grants.preview_grant_to_all(data["phase"], data["extra"])

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None) -> None:
        slot_grants.grant_to_all(by=request.user, seen=seen, **data)


@act()
class EndTeamLock(OrganiserAct):
    form_class = ActForm

    def preview_of(self, data: Cleaned, *, lock: int) -> Any:
        return preview_end_lock(get_object_or_404(TeamLock, pk=lock))

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, lock: int) -> None:
        end_team_lock(get_object_or_404(TeamLock, pk=lock), by=request.user, seen=seen, **data)


@act("verdict")
class ReviewSubmission(OrganiserAct):
    form_class = ReviewForm

    def preview_of(self, data: Cleaned, *, submission: str) -> Any:
        return reviews.preview_review(get_object_or_404(Submission, pk=submission), data["verdict"])

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, submission: str) -> Answer:
        found = get_object_or_404(Submission, pk=submission)
        return {"id": reviews.review(submission=found, by=request.user, seen=seen, **data).pk}


@act()
class UndoReview(OrganiserAct):
    form_class = ActForm

    def preview_of(self, data: Cleaned, *, review: int) -> Any:
        return reviews.preview_undo_review(get_object_or_404(Review, pk=review))

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, review: int) -> None:
        reviews.undo_review(get_object_or_404(Review, pk=review), by=request.user, seen=seen, **data)


@act(tell=False)
class DismissLookAlike(OrganiserAct):
    """Marks equal maps of two teams as no problem."""

    form_class = ReasonForm

    def preview_of(self, data: Cleaned, *, look_alike: int) -> Any:
        return look_alike_acts.preview_look_alike(get_object_or_404(LookAlike, pk=look_alike), dismiss=True)

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, look_alike: int) -> None:
        found = get_object_or_404(LookAlike, pk=look_alike)
        look_alike_acts.dismiss_look_alike(found, by=request.user, seen=seen, **data)


@act(tell=False)
class ReopenLookAlike(OrganiserAct):
    """Undoes that."""

    form_class = ReasonForm

    def preview_of(self, data: Cleaned, *, look_alike: int) -> Any:
        return look_alike_acts.preview_look_alike(get_object_or_404(LookAlike, pk=look_alike), dismiss=False)

    def do(self, request: TokenRequest, data: Cleaned, *, seen: str | None, look_alike: int) -> None:
        found = get_object_or_404(LookAlike, pk=look_alike)
        look_alike_acts.reopen_look_alike(found, by=request.user, seen=seen, **data)
