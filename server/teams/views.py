"""Pages to found and join a team. The team's own page shows submissions too and is the site's."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from server.teams import services
from server.teams.forms import FoundForm
from server.teams.models import Invitation


@login_required
def found(request: HttpRequest) -> HttpResponse:
    form = FoundForm(request.POST or None)
    if form.is_valid():
        try:
            team = services.found(user=request.user, **form.cleaned_data)
        except services.NameTaken as refusal:
            form.add_error("username", str(refusal))
        except services.TeamRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{team} is founded and you are its captain.")
            return redirect("site:team")
    return render(request, "teams/found.html", {"form": form}, status=400 if form.errors else 200)


@login_required
def join(request: HttpRequest, invitation: str) -> HttpResponse:
    invited = get_object_or_404(Invitation.objects.select_related("team"), pk=invitation)
    if request.method == "POST":
        try:
            team = services.join(user=request.user, invitation=invited)
        except services.TeamRefused as refusal:
            messages.error(request, str(refusal))
            return redirect("site:team" if services.team_of(request.user) else "site:home")
        messages.success(request, f"You are now in {team}.")
        return redirect("site:team")
    context = {"invitation": invited, "team": invited.team, "present_team": services.team_of(request.user)}
    return render(request, "teams/join.html", context)


@login_required
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    return _captains_wish(request, lambda: services.invite(captain=request.user), "The link is ready.")


@login_required
@require_POST
def withdraw_invitation(request: HttpRequest, invitation: str) -> HttpResponse:
    invited = get_object_or_404(Invitation, pk=invitation, team__memberships__user=request.user)
    return _captains_wish(
        request,
        lambda: services.withdraw_invitation(captain=request.user, invitation=invited),
        "The link no longer works.",
    )


def _captains_wish(request: HttpRequest, wish: Callable[[], object], done: str) -> HttpResponse:
    try:
        wish()
    except services.TeamRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("site:team")
