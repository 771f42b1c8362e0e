"""Teams in the admin."""

from django.contrib import admin

from server.teams.models import Membership, Team


class MembershipInline(admin.TabularInline):
    model = Membership
    fields = readonly_fields = ["user", "role", "joined_at"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: object, obj: object = None) -> bool:
        return False


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin):
    list_display = ["username", "name", "members", "created_at"]
    search_fields = ["username", "name", "memberships__user__email", "memberships__user__name"]
    readonly_fields = ["username", "created_at"]
    inlines = [MembershipInline]

    @admin.display(description="members")
    def members(self, team: Team) -> int:
        return team.memberships.count()

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_delete_permission(self, request: object, obj: object = None) -> bool:
        return False
