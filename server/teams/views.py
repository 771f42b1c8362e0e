"""Pages to create, join, change and leave a team. The team's own page, with submissions, is in `server.site`."""

from collections.abc import Callable

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from server.accounts.models import User
from server.accounts.requests import AuthenticatedRequest
from server.post_only import post_only
from server.teams import services
from server.teams.eligibility import (
    check_free,
    check_invited,
    invitations_to,
    is_captain,
    team_of,
    teammates_of,
)
from server.teams.exceptions import CaptainStays, NameTaken, NotCaptain, TeamRefused
from server.teams.forms import InvitePersonForm, NamesForm
from server.teams.models import Invitation, Membership, Team
from server.teams.team_locks import active_locks


def members_of(team: Team, user: User) -> dict[str, object]:
    """Return the context for the members on the team's page, and for the captain the open invitations."""
    captain = is_captain(user)
    return {
        "memberships": team.memberships.select_related("user"),
        "is_captain": captain,
        "invitations": team.invitations.usable(timezone.now()) if captain else [],
        "invite_form": InvitePersonForm(),
        "team_size": settings.TEAM_SIZE,
    }


# Creating and joining


@never_cache
@login_required
def create(request: AuthenticatedRequest) -> HttpResponse:
    form = NamesForm(request.POST or None)
    if _apply_form(form, lambda: services.create_team(user=request.user, **form.cleaned_data)):
        messages.success(request, f"The team {team_of(request.user)} was created, and you are its captain.")
        return redirect("site:team")
    context = {
        "form": form,
        "refusal": _first_refusal(lambda: check_free(request.user)),
        "invitations": invitations_to(request.user),
    }
    return render(request, "teams/create.html", context, status=400 if form.errors else 200)


@never_cache
def join(request: HttpRequest, invitation: str) -> HttpResponse:
    if not request.user.is_authenticated:
        messages.info(request, "Log in to answer the invitation, or sign up if you are new here.")
        return redirect_to_login(request.path)
    person = request.user
    invited = get_object_or_404(Invitation.objects.select_related("team", "created_by"), pk=invitation)
    if request.method == "POST":
        return _join(request, person, invited)
    refusal = _first_refusal(
        lambda: check_free(person, invited.team),
        lambda: check_invited(person, invited),
    )
    context = {"invitation": invited, "team": invited.team, "refusal": refusal}
    return render(request, "teams/join.html", context)


def _join(request: HttpRequest, person: User, invited: Invitation) -> HttpResponse:
    try:
        team = services.join(user=person, invitation=invited)
    except TeamRefused:
        return redirect(invited)  # the page says why
    messages.success(request, f"You are now in {team}.")
    return redirect("site:team")


# Leaving


@never_cache
@login_required
def leave(request: AuthenticatedRequest) -> HttpResponse:
    membership = Membership.objects.select_related("team").filter(user=request.user).first()
    if membership is None:
        messages.info(request, "You are not in a team.")
        return redirect("teams:create")
    if request.method == "POST":
        left = f"You have left {membership.team}."
        return _apply(request, lambda: services.leave(user=request.user), left, then="site:home")
    others = membership.team.memberships.exclude(user=request.user)
    stays = membership.role == Membership.Role.CAPTAIN and others.exists()
    context = {
        "team": membership.team,
        "refusal": CaptainStays(membership.team) if stays else None,
        "is_last": not others.exists(),
        "team_locks": active_locks(request.user),
    }
    return render(request, "teams/leave.html", context)


@never_cache
@login_required
def remove(request: AuthenticatedRequest, member: str) -> HttpResponse:
    """Ask for confirmation, then remove a member."""
    person = get_object_or_404(teammates_of(request.user), pk=member)
    if request.method == "POST":
        done = f"{person} was removed and no longer has access to the team’s submissions."
        return _apply(request, lambda: services.remove(captain=request.user, member=person), done)
    return _captains_page(request, "teams/remove.html", member=person, team_locks=active_locks(person))


# Captaincy, names and invitations


@never_cache
@login_required
def transfer_captaincy(request: AuthenticatedRequest, member: str) -> HttpResponse:
    """Ask for confirmation, then make another member the captain."""
    person = get_object_or_404(teammates_of(request.user), pk=member)
    if request.method == "POST":
        done = f"{person} is now the captain, and you are a member."
        return _apply(request, lambda: services.transfer_captaincy(captain=request.user, member=person), done)
    return _captains_page(request, "teams/transfer_captaincy.html", member=person)


@never_cache
@login_required
def rename(request: AuthenticatedRequest) -> HttpResponse:
    team = team_of(request.user)
    if team is None:
        return redirect("teams:create")
    form = NamesForm(request.POST or None, initial={"name": team.name, "affiliation": team.affiliation})
    if _apply_form(form, lambda: services.rename(captain=request.user, **form.cleaned_data)):
        messages.success(request, "The new names were saved. All leaderboards show them.")
        return redirect("site:team")
    return _captains_page(request, "teams/rename.html", form=form)


@login_required
@post_only(lambda **_: reverse("site:team"))
def invite(request: AuthenticatedRequest) -> HttpResponse:
    created = "The link was created. You find it under open invitations."
    return _apply(request, lambda: services.invite(captain=request.user), created)


@never_cache
@login_required
def invite_person(request: AuthenticatedRequest) -> HttpResponse:
    form = InvitePersonForm(request.POST or None)
    if _apply_form(form, lambda: services.invite_person(captain=request.user, **form.cleaned_data)):
        messages.success(request, f"The invitation to {form.cleaned_data['email']} will be sent shortly.")
        return redirect("site:team")
    return _captains_page(request, "teams/invite_person.html", form=form)


@login_required
@post_only(lambda **_: reverse("site:team"))
def withdraw_invitation(request: AuthenticatedRequest, invitation: str) -> HttpResponse:
    invited = get_object_or_404(Invitation, pk=invitation, team__memberships__user=request.user)
    return _apply(
        request,
        lambda: services.withdraw_invitation(captain=request.user, invitation=invited),
        "The invitation was withdrawn.",
    )


# Helpers


def _apply_form(form: NamesForm | InvitePersonForm, action: Callable[[], object]) -> bool:
    """Run the action if the form is valid; return whether it succeeded, else the form has the error."""
    if not form.is_valid():
        return False
    try:
        action()
    except NameTaken as refusal:
        form.add_error("name", str(refusal))
    except TeamRefused as refusal:
        form.add_error(None, str(refusal))
    return not form.errors


def _apply(request: HttpRequest, action: Callable[[], object], done: str, then: str = "site:team") -> HttpResponse:
    """Run the action, add a message about its outcome, and redirect."""
    try:
        action()
    except TeamRefused as refusal:
        messages.error(request, f"{refusal.title}: {refusal}")
        return redirect("site:team")
    messages.success(request, done)
    return redirect(then)


def _first_refusal(*checks: Callable[[], None]) -> TeamRefused | None:
    """Return the exception of the first check that fails."""
    try:
        for check in checks:
            check()
    except TeamRefused as refusal:
        return refusal
    return None


def _captains_page(
    request: AuthenticatedRequest, template: str, form: forms.Form | None = None, **context: object
) -> HttpResponse:
    refusal = None if is_captain(request.user) else NotCaptain()
    context |= {"team": team_of(request.user), "refusal": refusal, "form": form}
    return render(request, template, context, status=400 if form and form.errors else 200)
