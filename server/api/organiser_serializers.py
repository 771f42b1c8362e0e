"""Serializers of what organisers see, and of the public log."""

from django.conf import settings
from rest_framework import serializers

from server.announcements.models import Announcement
from server.announcements.services import delivery
from server.api.serializers import TO_THE_SECOND
from server.audit.models import PublicLogEntry
from server.teams.models import Membership, Team, TeamLock
from server.tracks.models import GroundTruth


class PublicLogEntrySerializer(serializers.ModelSerializer):
    at = serializers.DateTimeField(format=TO_THE_SECOND)
    about = serializers.CharField(help_text="The phase or track in words; empty: all tracks.")
    track = serializers.CharField(help_text="Its slug; empty: all tracks.")
    url = serializers.SerializerMethodField(help_text="The page that says more; empty: none.")

    class Meta:
        model = PublicLogEntry
        fields = ("id", "at", "about", "track", "text", "url")

    def get_url(self, entry: PublicLogEntry) -> str:
        return settings.SITE_URL + entry.url if entry.url else ""


class AnnouncementSerializer(serializers.ModelSerializer):
    sent_at = serializers.DateTimeField(format=TO_THE_SECOND, allow_null=True)
    banner_until = serializers.DateTimeField(format=TO_THE_SECOND, allow_null=True)
    delivered = serializers.SerializerMethodField()
    waiting = serializers.SerializerMethodField()
    failed = serializers.SerializerMethodField()

    class Meta:
        model = Announcement
        fields = (
            *("id", "subject", "text", "important", "on_site", "banner_until"),
            *("sent_at", "sent_to", "people_count", "team_count", "delivered", "waiting", "failed"),
        )

    def get_delivered(self, announcement: Announcement) -> int:
        return delivery(announcement).delivered

    def get_waiting(self, announcement: Announcement) -> int:
        return delivery(announcement).waiting

    def get_failed(self, announcement: Announcement) -> int:
        return delivery(announcement).failed


class TeamMembershipSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="user_id")
    name = serializers.CharField(source="user")

    class Meta:
        model = Membership
        fields = ("id", "name", "role")


class OrganisersTeamSerializer(serializers.ModelSerializer):
    members = serializers.SerializerMethodField(help_text="Names of its members.")
    memberships = TeamMembershipSerializer(many=True, help_text="The same, with ids and roles.")

    class Meta:
        model = Team
        fields = ("id", "name", "affiliation", "archived_at", "members", "memberships")

    def get_members(self, team: Team) -> list[str]:
        return [str(membership.user) for membership in team.memberships.all()]


class GroundTruthSerializer(serializers.ModelSerializer):
    created_at = serializers.DateTimeField(format=TO_THE_SECOND)
    rules = serializers.SerializerMethodField(help_text="Numbers of the scoring rules that use it.")

    class Meta:
        model = GroundTruth
        fields = (
            *("id", "split", "state", "problem", "warnings", "refusal", "image_count", "pack_sha256", "options"),
            *("publish_when_ready", "created_at", "rules"),
        )

    def get_rules(self, ground_truth: GroundTruth) -> list[int]:
        return sorted(rule.number for rule in ground_truth.rules.all())


class TeamLockSerializer(serializers.ModelSerializer):
    person = serializers.CharField(source="user")
    team = serializers.CharField(source="team_id")
    until = serializers.DateTimeField(format=TO_THE_SECOND, allow_null=True)

    class Meta:
        model = TeamLock
        fields = ("id", "person", "team", "what", "since", "until", "ended_at")
