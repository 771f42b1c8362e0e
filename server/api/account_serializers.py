"""Serializers of teams and accounts. Read-only: writes go through forms."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from server.accounts.models import ApiToken
from server.api.serializers import TO_THE_SECOND, QuotaSerializer, TeamNameSerializer
from server.submissions import slots
from server.teams.models import Membership, Team
from server.tracks.models import Phase


class MemberSerializer(serializers.Serializer):
    name = serializers.CharField(source="user.name")
    role = serializers.ChoiceField(Membership.Role.choices)
    joined_at = serializers.DateTimeField(format=TO_THE_SECOND)


class AllowanceSerializer(serializers.Serializer):
    """An open phase and the team's remaining slots."""

    id = serializers.IntegerField()
    track = serializers.CharField(source="track.slug")
    slug = serializers.CharField()
    title = serializers.CharField()
    closes_at = serializers.DateTimeField(allow_null=True)
    quota = QuotaSerializer(source="*")
    slots_left = serializers.SerializerMethodField()
    next_reset = serializers.SerializerMethodField(help_text="When the next quota window opens; null: never.")

    def get_slots_left(self, phase: Phase) -> int:
        return slots.free(self.context["team"], phase, self.context["now"])

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_next_reset(self, phase: Phase) -> str | None:
        opens = phase.next_window_opens(self.context["now"])
        return opens.strftime(TO_THE_SECOND) if opens else None


class TeamSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    affiliation = serializers.CharField()
    members = MemberSerializer(source="memberships", many=True)
    phases = serializers.SerializerMethodField(help_text="The phases that are open now.")

    @extend_schema_field(AllowanceSerializer(many=True))
    def get_phases(self, team: Team) -> list[dict[str, object]]:
        phases = Phase.objects.open_at(self.context["now"]).select_related("track")
        context = {**self.context, "team": team}
        return [AllowanceSerializer(phase, context=context).data for phase in phases]


class TokenSerializer(serializers.Serializer):
    label = serializers.CharField()  # type: ignore[assignment]  # the class keeps no attribute of a field
    scope = serializers.ChoiceField(ApiToken.Scope.choices)
    expires_at = serializers.DateTimeField(allow_null=True)


class MeSerializer(serializers.Serializer):
    email = serializers.EmailField(source="user.email")
    name = serializers.CharField(source="user.name")
    organiser = serializers.BooleanField(source="user.is_staff")
    team = TeamNameSerializer(allow_null=True)
    token = TokenSerializer()
