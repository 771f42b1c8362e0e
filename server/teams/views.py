"""Pages to found, join, change and leave a team. The team's own page shows submissions too and is the site's."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from server.accounts.models import User
from server.teams import services
from server.teams.eligibility import (
    active_locks,
    check_free,
    check_invited,
    invitations_to,
    team_of,
)
from server.teams.exceptions import CaptainStays, NameTaken, NotCaptain, TeamRefused
from server.teams.forms import InvitePersonForm, NamesForm
from server.teams.models import Invitation, Membership, Team


def members_of(team: Team, user: User) -> dict[str, object]:
    """What the team's page shows of its members, and of its open invitations to the captain."""
    leads = _leads(user)
    return {
        "memberships": team.memberships.select_related("user"),
        "is_captain": leads,
        "invitations": team.invitations.usable(timezone.now()) if leads else [],
        "invite_form": InvitePersonForm(),
        "team_size": settings.TEAM_SIZE,
    }


# Coming


@never_cache
@login_required
def create(request: HttpRequest) -> HttpResponse:
    form = NamesForm(request.POST or None)
    if _granted(form, lambda: services.create_team(user=request.user, **form.cleaned_data)):
        messages.success(request, f"{team_of(request.user)} is created and you are its captain.")
        return redirect("site:team")
    context = {
        "form": form,
        "refusal": _refusal(lambda: check_free(request.user)),
        "invitations": invitations_to(request.user),
    }
    return render(request, "teams/create.html", context, status=400 if form.errors else 200)


@never_cache
def join(request: HttpRequest, invitation: str) -> HttpResponse:
    if not request.user.is_authenticated:
        messages.info(request, "Log in to answer the invitation, or sign up if you are new here.")
        return redirect_to_login(request.path)
    invited = get_object_or_404(Invitation.objects.select_related("team", "created_by"), pk=invitation)
    if request.method == "POST":
        return _join(request, invited)
    refusal = _refusal(
        lambda: check_free(request.user, invited.team),
        lambda: check_invited(request.user, invited),
    )
    context = {"invitation": invited, "team": invited.team, "refusal": refusal}
    return render(request, "teams/join.html", context)


def _join(request: HttpRequest, invited: Invitation) -> HttpResponse:
    try:
        team = services.join(user=request.user, invitation=invited)
    except TeamRefused:
        return redirect(invited)  # the page says why
    messages.success(request, f"You are now in {team}.")
    return redirect("site:team")


# Going


@never_cache
@login_required
def leave(request: HttpRequest) -> HttpResponse:
    membership = Membership.objects.select_related("team").filter(user=request.user).first()
    if membership is None:
        messages.info(request, "You are in no team.")
        return redirect("teams:create")
    if request.method == "POST":
        left = f"You have left {membership.team}."
        return _wish(request, lambda: services.leave(user=request.user), left, then="site:home")
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
def remove(request: HttpRequest, member: str) -> HttpResponse:
    """Ask, then end a membership."""
    fellow = _fellow(request.user, member)
    if request.method == "POST":
        done = f"{fellow} is removed and sees nothing of the team any more."
        return _wish(request, lambda: services.remove(captain=request.user, member=fellow), done)
    return _captains_page(request, "teams/remove.html", fellow=fellow, team_locks=active_locks(fellow))


# Leading


@never_cache
@login_required
def transfer_captaincy(request: HttpRequest, member: str) -> HttpResponse:
    """Ask, then make another member the captain."""
    fellow = _fellow(request.user, member)
    if request.method == "POST":
        done = f"{fellow} is the captain now, and you are a member."
        return _wish(request, lambda: services.transfer_captaincy(captain=request.user, member=fellow), done)
    return _captains_page(request, "teams/transfer_captaincy.html", fellow=fellow)


@never_cache
@login_required
def rename(request: HttpRequest) -> HttpResponse:
    team = team_of(request.user)
    if team is None:
        return redirect("teams:create")
    form = NamesForm(request.POST or None, initial={"name": team.name, "affiliation": team.affiliation})
    if _granted(form, lambda: services.rename(captain=request.user, **form.cleaned_data)):
        messages.success(request, "The new names are saved. Every board shows them.")
        return redirect("site:team")
    return _captains_page(request, "teams/rename.html", form=form)


@login_required
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    return _wish(
        request,
        lambda: services.invite(captain=request.user),
        "The link is ready; it stands among the open invitations.",
    )


@never_cache
@login_required
def invite_person(request: HttpRequest) -> HttpResponse:
    form = InvitePersonForm(request.POST or None)
    if _granted(form, lambda: services.invite_person(captain=request.user, **form.cleaned_data)):
        messages.success(request, f"The invitation to {form.cleaned_data['email']} is on its way.")
        return redirect("site:team")
    return _captains_page(request, "teams/invite_person.html", form=form)


@login_required
@require_POST
def withdraw_invitation(request: HttpRequest, invitation: str) -> HttpResponse:
    invited = get_object_or_404(Invitation, pk=invitation, team__memberships__user=request.user)
    return _wish(
        request,
        lambda: services.withdraw_invitation(captain=request.user, invitation=invited),
        "The invitation no longer works.",
    )


# Between a door and a rule


def _granted(form: NamesForm | InvitePersonForm, wish: Callable[[], object]) -> bool:
    """Whether the form was sent, complete, and its wish met; a refusal stands in the form."""
    if not form.is_valid():
        return False
    try:
        wish()
    except NameTaken as refusal:
        form.add_error("name", str(refusal))
    except TeamRefused as refusal:
        form.add_error(None, str(refusal))
    return not form.errors


def _wish(request: HttpRequest, wish: Callable[[], object], done: str, then: str = "site:team") -> HttpResponse:
    try:
        wish()
    except TeamRefused as refusal:
        messages.error(request, f"{refusal.title}: {refusal}")
        return redirect("site:team")
    messages.success(request, done)
    return redirect(then)


def _refusal(*questions: Callable[[], None]) -> TeamRefused | None:
    """What the first question that refuses says."""
    try:
        for ask in questions:
            ask()
    except TeamRefused as refusal:
        return refusal
    return None


def _captains_page(request: HttpRequest, template: str, **context: object) -> HttpResponse:
    form = context.get("form")
    team, refusal = team_of(request.user), None if _leads(request.user) else NotCaptain()
    status = 400 if form is not None and form.errors else 200
    return render(request, template, {"team": team, "refusal": refusal, **context}, status=status)


def _leads(user: User) -> bool:
    return Membership.objects.filter(user=user, role=Membership.Role.CAPTAIN).exists()


def _fellow(user: User, member: str) -> User:
    """Somebody who is in this person's team, or was: who asks twice hears that it is done."""
    team = team_of(user)
    if team is None:
        raise Http404
    here = Q(membership__team=team) | Q(past_memberships__team=team)
    return get_object_or_404(User.objects.filter(here).distinct(), pk=member)
