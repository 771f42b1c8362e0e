"""Admin of teams: organisers look them up, rename them, appoint a captain and end a team lock."""

from collections.abc import Iterable
from typing import Any, Protocol

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.forms import BaseFormSet
from django.http import HttpRequest, HttpResponse

from server.accounts.requests import user_of
from server.acts import ReasonMissing
from server.admin_mixins import ReadOnlyAdmin, ReadOnlyInline
from server.audit.admin_mixins import LinksToAuditLog
from server.teams import services
from server.teams.aliases import check_name_free
from server.teams.exceptions import NameTaken
from server.teams.forms import tidied
from server.teams.models import AFFILIATION_LENGTH, NAME_LENGTH, Membership, PastMembership, Team, TeamLock
from server.teams.names import tidy, tidy_team_name
from server.teams.renaming import rename_as_organiser
from server.teams.team_locks import as_of_now, end_team_lock
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
        until = as_of_now([team_lock])[0].until
        return format_utc(until) if until else "–"


class TeamLockInline(ShowsPresentEnd, ReadOnlyInline):
    model = TeamLock
    fields = readonly_fields = ("user", "what", "since", "present_end", "ended_at")
    show_change_link = True


def tell_field() -> forms.BooleanField:
    return forms.BooleanField(
        required=False, initial=True, label="Mail", help_text="Mail the reason to the team’s members."
    )


class TeamNamesForm(forms.ModelForm):
    reason = forms.CharField(
        max_length=500, required=False, help_text="Required if a name changes. The team and the audit log get it."
    )
    tell = tell_field()

    class Meta:
        model = Team
        fields = ["name", "affiliation"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"name", "affiliation"} & set(self.changed_data) and not cleaned.get("reason"):
            self.add_error("reason", str(ReasonMissing()))
        return cleaned

    def clean_name(self) -> str:
        name = tidied(tidy_team_name, self.cleaned_data["name"], NAME_LENGTH)
        if "name" in self.changed_data:
            try:
                check_name_free(self.instance, name)
            except NameTaken as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return name

    def clean_affiliation(self) -> str:
        return tidied(tidy, self.cleaned_data["affiliation"], AFFILIATION_LENGTH)


class CountedTeam(Protocol):
    """A team of the list."""

    member_count: int


class OneChangeAdmin(ReadOnlyAdmin):
    """Read-only except for one change, which the row's history describes."""

    def in_words(self, form: forms.BaseForm) -> str:
        """Return what the saved form has changed."""
        raise NotImplementedError

    def construct_change_message(  # type: ignore[override]  # Django takes a text as well
        self, request: HttpRequest, form: forms.BaseForm, formsets: Iterable[BaseFormSet], add: bool = False
    ) -> str:
        return self.in_words(form)


@admin.register(Team)
class TeamAdmin(LinksToAuditLog, OneChangeAdmin):
    """Organisers may rename a team; the audit log says who did."""

    form = TeamNamesForm
    list_display = ["name", "affiliation", "members", "created_at", "archived_at"]
    list_filter = [("archived_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "affiliation", "memberships__user__email", "memberships__user__name"]
    fields = ["name", "affiliation", "reason", "tell", "created_at", "archived_at", "audit_log"]
    readonly_fields = ["created_at", "archived_at", "audit_log"]
    inlines = [MembershipInline, PastMembershipInline, TeamLockInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        teams: QuerySet[Team] = super().get_queryset(request)
        return teams.annotate(member_count=Count("memberships", distinct=True))

    @admin.display(description="members", ordering="member_count")
    def members(self, team: CountedTeam) -> int:
        return team.member_count

    def has_change_permission(self, request: HttpRequest, obj: Team | None = None) -> bool:
        return request.user.has_perm("teams.change_team")

    def save_model(self, request: HttpRequest, obj: Team, form: TeamNamesForm, change: bool) -> None:
        if {"name", "affiliation"} & set(form.changed_data):
            rename_as_organiser(team=obj, by=user_of(request), **form.cleaned_data)

    def in_words(self, form: forms.BaseForm) -> str:
        return f"Renamed from “{form.initial['name']}” (“{form.initial['affiliation']}”)."


def reason_field(label: str, help_text: str) -> forms.CharField:
    errors = {"required": "Give the reason: without one nobody can explain this later."}
    return forms.CharField(max_length=500, label=label, help_text=help_text, error_messages=errors)


class AppointForm(forms.ModelForm):
    reason = reason_field(
        "Reason to make this member the captain",
        "For a team whose captain cannot be reached. The captain becomes a member. Kept in the audit log.",
    )

    class Meta:
        model = Membership
        fields = ["reason"]


@admin.register(Membership)
class MembershipAdmin(OneChangeAdmin):
    """Current memberships. An organiser may make a member the captain, with a reason."""

    form = AppointForm
    list_display = ["user", "team", "role", "seat", "joined_at"]
    list_filter = ["role"]
    search_fields = ["user__name", "user__email", "team__name", "team__affiliation"]
    list_select_related = ["user", "team"]
    fields = ["user", "team", "role", "joined_at", "reason"]
    readonly_fields = ["user", "team", "role", "joined_at"]

    def has_change_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        allowed = request.user.has_perm("teams.change_membership")
        return allowed and (obj is None or obj.role != Membership.Role.CAPTAIN)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": "Make a member the captain", "show_save_and_continue": False}
        return super().change_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: Membership, form: AppointForm, change: bool) -> None:
        reason = form.cleaned_data["reason"]
        services.appoint_captain(team=obj.team, member=obj.user, by=user_of(request), reason=reason)

    def in_words(self, form: forms.BaseForm) -> str:
        return f"Made the captain: {form.cleaned_data['reason']}"


class EndTeamLockForm(forms.ModelForm):
    reason = reason_field(
        "Reason to end this team lock",
        "Saving lets the person join another team, even in this phase. The audit log keeps the reason.",
    )
    tell = tell_field()

    class Meta:
        model = TeamLock
        fields = ["reason"]


@admin.register(TeamLock)
class TeamLockAdmin(ShowsPresentEnd, OneChangeAdmin):
    """Who is locked to which team by a submission. An organiser may end a lock, once, with a reason."""

    form = EndTeamLockForm
    list_display = ["user", "team", "what", "since", "present_end", "ended_at", "ended_by", "reason"]
    list_filter = [("ended_at", admin.EmptyFieldListFilter), "what"]
    search_fields = ["user__name", "user__email", "team__name", "team__affiliation"]
    list_select_related = ["user", "team", "ended_by"]
    fields = ["user", "team", "what", "since", "present_end", "ended_at", "ended_by", "reason", "tell"]
    readonly_fields = ["user", "team", "what", "since", "present_end", "ended_at", "ended_by"]

    def has_change_permission(self, request: HttpRequest, obj: TeamLock | None = None) -> bool:
        allowed = request.user.has_perm("teams.change_teamlock")
        return allowed and (obj is None or obj.ended_at is None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": "End a team lock", "show_save_and_continue": False}
        return super().change_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: TeamLock, form: EndTeamLockForm, change: bool) -> None:
        cleaned = form.cleaned_data
        end_team_lock(obj, by=user_of(request), reason=cleaned["reason"], tell=cleaned["tell"])

    def in_words(self, form: forms.BaseForm) -> str:
        return f"Ended: {form.cleaned_data['reason']}"
