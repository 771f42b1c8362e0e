"""Admin of teams, memberships and team locks, to look them up; the organisers' pages act on them."""

from typing import Protocol

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from server.admin_mixins import HappenedFilter, ReadOnlyAdmin, ReadOnlyInline
from server.audit.admin_mixins import LinksToAuditLog
from server.teams.models import Membership, PastMembership, Team, TeamLock
from server.teams.team_locks import as_of_now
from server.time_format import format_utc


class MembershipInline(ReadOnlyInline):
    model = Membership
    fields = readonly_fields = ("user", "role", "seat", "joined_at")
    show_change_link = True


class PastMembershipInline(ReadOnlyInline):
    model = PastMembership
    fk_name = "team"
    fields = readonly_fields = ("user", "joined_at", "left_at", "ended_by")


class ShowsPresentEnd:
    """Mixin that shows when a team lock ends by the present dates of its phase."""

    @admin.display(description="until")
    def present_end(self, team_lock: TeamLock) -> str:
        if team_lock.ended_at:
            return f"ended {format_utc(team_lock.ended_at)}"
        until = as_of_now([team_lock])[0].until
        return format_utc(until) if until else "–"


class TeamLockInline(ShowsPresentEnd, ReadOnlyInline):
    model = TeamLock
    fields = readonly_fields = ("user", "what", "since", "present_end")
    show_change_link = True


class CountedTeam(Protocol):
    """A team of the list."""

    member_count: int


@admin.register(Team)
class TeamAdmin(LinksToAuditLog, ReadOnlyAdmin):
    list_display = ["name", "affiliation", "members", "created_at", "archived_at"]
    list_filter = [("archived_at", HappenedFilter)]
    search_fields = ["name", "affiliation", "memberships__user__email", "memberships__user__name"]
    fields = ["name", "affiliation", "acts", "created_at", "archived_at", "audit_log"]
    readonly_fields = ["acts", "audit_log"]
    inlines = [MembershipInline, PastMembershipInline, TeamLockInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        teams: QuerySet[Team] = super().get_queryset(request)
        return teams.annotate(member_count=Count("memberships", distinct=True))

    @admin.display(description="members", ordering="member_count")
    def members(self, team: CountedTeam) -> int:
        return team.member_count

    @admin.display(description="change it")
    def acts(self, team: Team) -> SafeString:
        url = reverse("decisions:team", args=[team.pk])
        return format_html('<a href="{}">Rename it, grant slots, appoint a captain, disqualify it</a>', url)


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Current memberships."""

    list_display = ["user", "team", "role", "seat", "joined_at"]
    list_filter = ["role"]
    search_fields = ["user__name", "user__email", "team__name", "team__affiliation"]
    list_select_related = ["user", "team"]
    fields = ["user", "team", "role", "joined_at", "appoint"]
    readonly_fields = ["appoint"]

    @admin.display(description="captain")
    def appoint(self, membership: Membership) -> SafeString | str:
        if membership.role == Membership.Role.CAPTAIN:
            return "–"
        url = f"{reverse('decisions:appoint', args=[membership.team_id])}?member={membership.user_id}"
        return format_html('<a href="{}">Make this member the captain</a>', url)


@admin.register(TeamLock)
class TeamLockAdmin(ShowsPresentEnd, ReadOnlyAdmin):
    """Who is locked to which team by a submission."""

    list_display = ["user", "team", "what", "since", "present_end", "reason"]
    list_filter = [("ended_at", HappenedFilter), "what"]
    search_fields = ["user__name", "user__email", "team__name", "team__affiliation"]
    list_select_related = ["user", "team"]
    fields = ["user", "team", "what", "since", "present_end", "ended_by", "reason", "end"]
    readonly_fields = ["present_end", "end"]

    @admin.display(description="end it")
    def end(self, team_lock: TeamLock) -> SafeString | str:
        if team_lock.ended_at:
            return "–"
        return format_html('<a href="{}">End this lock</a>', reverse("decisions:end_lock", args=[team_lock.pk]))
