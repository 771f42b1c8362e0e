"""API views of invitations: a captain's, and those to the token's owner."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from server.api.acts import TeamAct
from server.api.forms import InviteForm
from server.api.known_names import KnownParametersOnly
from server.api.permissions import ByToken
from server.api.requests import TokenRequest
from server.api.schema import refusals
from server.api.team_serializers import InvitationSerializer, TeamSerializer
from server.api.team_views import OF_ACTS, TEAM, own_team
from server.teams import services
from server.teams.eligibility import invitations_to, is_captain
from server.teams.exceptions import NotCaptain
from server.teams.models import Invitation

INVITATIONS: dict[Any, Any] = {200: InvitationSerializer(many=True), **refusals(404, 409)}


class TeamInvitations(TeamAct):
    """The team's open invitations, newest first; for its captain."""

    form_class = InviteForm

    @extend_schema(responses=INVITATIONS, operation_id="team_invitations_list")
    def get(self, request: TokenRequest) -> Response:
        team = own_team(request)
        if not is_captain(request.user):
            raise NotCaptain
        return Response(InvitationSerializer(team.invitations.usable(timezone.now()), many=True).data)

    @extend_schema(
        responses={201: InvitationSerializer, **refusals(403, 409, 411, 413, 415)},
    )
    def post(self, request: TokenRequest) -> Response:
        """Invite somebody: by mail to `email`, or without it by a `link` that you send yourself."""
        email = self.filled_in(request).cleaned_data["email"]
        made = (
            services.invite_person(captain=request.user, email=email)
            if email
            else services.invite(captain=request.user)
        )
        return Response(InvitationSerializer(made).data, status=201)


class WithdrawInvitation(TeamAct):
    """Withdraw an invitation of the team; for its captain."""

    @extend_schema(request=None, responses={200: InvitationSerializer, **refusals(*OF_ACTS)})
    def post(self, request: TokenRequest, invitation: UUID) -> Response:
        self.filled_in(request)
        found = get_object_or_404(_invitations(), pk=invitation, team__memberships__user=request.user)
        services.withdraw_invitation(captain=request.user, invitation=found)
        return Response(InvitationSerializer(_invitations().get(pk=invitation)).data)


class Invitations(KnownParametersOnly):
    """Open invitations to your verified e-mail addresses, newest first."""

    permission_classes = (ByToken,)

    @extend_schema(
        responses={200: InvitationSerializer(many=True), **refusals()}, operation_id="own_invitations_list"
    )
    def get(self, request: TokenRequest) -> Response:
        return Response(InvitationSerializer(invitations_to(request.user), many=True).data)


class InvitationDetail(KnownParametersOnly):
    """An invitation, for whoever has its id."""

    permission_classes = (ByToken,)

    @extend_schema(responses={200: InvitationSerializer, **refusals(404)})
    def get(self, request: TokenRequest, invitation: UUID) -> Response:
        return Response(InvitationSerializer(get_object_or_404(_invitations(), pk=invitation)).data)


class AcceptInvitation(TeamAct):
    """Join the team."""

    @extend_schema(request=None, responses=TEAM)
    def post(self, request: TokenRequest, invitation: UUID) -> Response:
        self.filled_in(request)
        team = services.join(user=request.user, invitation=get_object_or_404(_invitations(), pk=invitation))
        return Response(TeamSerializer(team).data)


def _invitations() -> QuerySet[Invitation]:
    return Invitation.objects.select_related("team", "created_by")
