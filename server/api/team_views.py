"""API views of a token's owner and team: create, rename and leave it, its members, its quota history."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from server.accounts.models import User
from server.api.acts import TeamAct
from server.api.exceptions import Missing
from server.api.known_names import KnownParametersOnly
from server.api.permissions import ByToken
from server.api.requests import TokenRequest
from server.api.schema import refusals
from server.api.serializers import MeSerializer
from server.api.team_serializers import QuotaWindowSerializer, TeamSerializer
from server.submissions.exceptions import NoTeam
from server.submissions.quota_history import quota_history_of
from server.teams import services
from server.teams.eligibility import team_of, teammates_of
from server.teams.forms import NamesForm
from server.teams.models import Team

OF_ACTS = (403, 404, 409, 411, 413, 415)
TEAM: dict[Any, Any] = {200: TeamSerializer, **refusals(*OF_ACTS)}


def own_team(request: TokenRequest) -> Team:
    """Return the team of the token's owner. Raises Missing."""
    team = team_of(request.user)
    if team is None:
        raise Missing(NoTeam())
    return team


class Me(KnownParametersOnly):
    """The token's owner and scope."""

    permission_classes = (ByToken,)

    @extend_schema(responses={200: MeSerializer, **refusals()})
    def get(self, request: TokenRequest) -> Response:
        return me(request)


def me(request: TokenRequest) -> Response:
    said = {"user": request.user, "team": team_of(request.user), "token": request.auth}
    return Response(MeSerializer(said).data)


class MyTeam(TeamAct):
    """The token owner's team, its members, and its free slots in each open phase."""

    form_class = NamesForm

    @extend_schema(responses={200: TeamSerializer, **refusals(404)})
    def get(self, request: TokenRequest) -> Response:
        return Response(TeamSerializer(own_team(request)).data)

    @extend_schema(responses={201: TeamSerializer, **refusals(403, 409, 411, 413, 415)})
    def post(self, request: TokenRequest) -> Response:
        """Create a team; you are its captain. It must not look like another team's name."""
        team = services.create_team(user=request.user, **self.filled_in(request).cleaned_data)
        return Response(TeamSerializer(team).data, status=201)


class RenameTeam(TeamAct):
    """Rename the team and its affiliation on all leaderboards; for its captain."""

    form_class = NamesForm

    @extend_schema(responses=TEAM)
    def post(self, request: TokenRequest) -> Response:
        team = services.rename(captain=request.user, **self.filled_in(request).cleaned_data)
        return Response(TeamSerializer(team).data)


class LeaveTeam(TeamAct):
    """Leave the team. A captain of others makes one of them the captain before."""

    @extend_schema(request=None, responses={200: MeSerializer, **refusals(403, 409, 411, 413, 415)})
    def post(self, request: TokenRequest) -> Response:
        self.filled_in(request)
        services.leave(user=request.user)
        return me(request)


class OfMember(TeamAct):
    """Base of a captain's acts on a member."""

    @extend_schema(request=None, responses=TEAM)
    def post(self, request: TokenRequest, member: UUID) -> Response:
        self.filled_in(request)
        self.done(request.user, get_object_or_404(teammates_of(request.user), pk=member))
        return Response(TeamSerializer(own_team(request)).data)

    def done(self, captain: User, member: User) -> None:
        raise NotImplementedError


class RemoveMember(OfMember):
    """Remove a member, who no longer has access to the team's submissions; for the captain."""

    def done(self, captain: User, member: User) -> None:
        services.remove(captain=captain, member=member)


class TransferCaptaincy(OfMember):
    """Make another member the captain; for the captain."""

    def done(self, captain: User, member: User) -> None:
        services.transfer_captaincy(captain=captain, member=member)


class QuotaHistory(KnownParametersOnly):
    """All slots that the team used, reserved, got back or was granted, by phase and quota window."""

    permission_classes = (ByToken,)

    @extend_schema(
        responses={200: QuotaWindowSerializer(many=True), **refusals(404)}, operation_id="quota_history_list"
    )
    def get(self, request: TokenRequest) -> Response:
        pages = quota_history_of(own_team(request), timezone.now())
        return Response(QuotaWindowSerializer(pages, many=True).data)
