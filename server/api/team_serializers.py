"""Serializers of a team: its members, quota history, invitations, and its row on a board."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from server.api.serializers import TO_THE_SECOND, QuotaSerializer, TeamNameSerializer
from server.api.submission_serializers import PhaseNameSerializer
from server.submissions import slots
from server.submissions.models import Entry
from server.submissions.quota_history import Page
from server.teams.models import Invitation, Membership, Team
from server.tracks.models import Phase


class MemberSerializer(serializers.Serializer):
    id = serializers.UUIDField(source="user_id", help_text="The person's.")
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
        now = timezone.now()
        phases = Phase.objects.open_at(now).select_related("track")
        return [AllowanceSerializer(phase, context={"team": team, "now": now}).data for phase in phases]


class SlotTakenSerializer(serializers.Serializer):
    """A slot that was taken; returned, if `returned_at` is set."""

    number = serializers.IntegerField()
    state = serializers.ChoiceField(["used", "reserved", "returned"])
    taken_at = serializers.DateTimeField(format=TO_THE_SECOND)
    returned_at = serializers.DateTimeField(format=TO_THE_SECOND, allow_null=True)
    reason = serializers.CharField(help_text="Why it was returned.")
    submission = serializers.UUIDField(source="submission_id")


class GrantSerializer(serializers.Serializer):
    """Slots that organisers granted."""

    extra = serializers.IntegerField()
    at = serializers.DateTimeField(format=TO_THE_SECOND)
    reason = serializers.CharField()


class QuotaWindowSerializer(serializers.Serializer):
    """A quota window of a phase: every slot that was taken or granted in it, newest first."""

    track = serializers.CharField(source="phase.track.slug")
    phase = PhaseNameSerializer()
    quota = QuotaSerializer(source="phase")
    window = serializers.CharField(help_text="“phase”, a month or a day.")
    is_current = serializers.BooleanField(help_text="Whether a submission now would count in it.")
    free = serializers.IntegerField(help_text="Free slots; 0 once the window is over.")
    next_reset = serializers.DateTimeField(
        format=TO_THE_SECOND, allow_null=True, help_text="When the next quota window opens; null: never, or over."
    )
    slots = serializers.SerializerMethodField()
    grants = serializers.SerializerMethodField()

    @extend_schema_field(SlotTakenSerializer(many=True))
    def get_slots(self, page: Page) -> list[dict[str, object]]:
        return [SlotTakenSerializer(event.slot).data for event in page.events if event.slot]

    @extend_schema_field(GrantSerializer(many=True))
    def get_grants(self, page: Page) -> list[dict[str, object]]:
        return [GrantSerializer(event.grant).data for event in page.events if event.grant]


class InvitationSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    team = TeamNameSerializer()
    email = serializers.CharField(help_text="Whom it is for; empty: whoever has the link.")
    invited_by = serializers.CharField(source="created_by.name")
    created_at = serializers.DateTimeField(format=TO_THE_SECOND)
    expires_at = serializers.DateTimeField(format=TO_THE_SECOND)
    status = serializers.ChoiceField(Invitation.Status.choices)
    link = serializers.URLField(help_text="URL of its page.")


class PseudonymSerializer(serializers.Serializer):
    """A team's pseudonym on a board."""

    name = serializers.SerializerMethodField(help_text="Empty: the leaderboard shows the team's name.")
    until = serializers.SerializerMethodField(help_text="Then the team's name is shown again.")

    def get_name(self, entry: Entry) -> str:
        return entry.pseudonym if entry.hides_team(timezone.now()) else ""

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_until(self, entry: Entry) -> str | None:
        hides = entry.pseudonym_until if entry.hides_team(timezone.now()) else None
        return hides.strftime(TO_THE_SECOND) if hides else None
