"""Forms of organisers' decisions: each shows what would follow before it is confirmed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from leaderboard import services as reviews
from leaderboard import team_disqualification
from leaderboard.models import Review
from server.accounts.decorators import organiser_page
from server.accounts.requests import AuthenticatedRequest
from server.acts import preview_or_act
from server.decisions.forms import (
    ActForm,
    CaptainForm,
    DisqualifyForm,
    EraseForm,
    ReasonForm,
    RenameForm,
    ReviewForm,
    SlotsForAllForm,
    SlotsForm,
)
from server.erasure import services as erasure
from server.submissions import look_alike_acts, slot_grants
from server.submissions.models import LookAlike, Submission, TeamDisqualification
from server.teams.captains import appoint_captain, preview_appoint
from server.teams.models import Team, TeamLock
from server.teams.renaming import preview_rename, rename_as_organiser
from server.teams.team_locks import end_team_lock, preview_end_lock

Cleaned = dict[str, Any]


@dataclass(frozen=True)
class TeamAct:
    """A decision as its page needs it: what its form's fields would do, and the service that does it."""

    title: str
    verb: str
    preview: Callable[[Cleaned], Any]
    act: Callable[..., object]
    back: str
    about: str = ""
    team: Team | None = None
    danger: bool = False


def _page(request: AuthenticatedRequest, form: Form, decision: TeamAct) -> HttpResponse:
    """Show the form; then, with the form, what would follow; then do it."""
    context: dict[str, object] = {"form": form, "decision": decision}
    if form.is_valid():
        follows = preview_or_act(
            form,
            request.POST.get("seen", "") if "confirm" in request.POST else None,
            preview=lambda: decision.preview(form.cleaned_data),
            act=lambda seen: decision.act(**form.cleaned_data, by=request.user, seen=seen),
        )
        if follows is None:
            messages.success(request, f"Done: {decision.title[0].lower()}{decision.title[1:]}.")
            return redirect(decision.back)
        context |= follows | {"tell": form.cleaned_data.get("tell")}
    return render(request, "decisions/decision.html", context)


def _submission(pk: str) -> Submission:
    return get_object_or_404(Submission.objects.select_related("team", "phase__track"), pk=pk)


@organiser_page
def review(request: AuthenticatedRequest, submission: str) -> HttpResponse:
    reviewed = _submission(submission)
    decision = TeamAct(
        title=f"Review {reviewed.team} in {reviewed.phase}",
        verb="Save the review",
        preview=lambda cleaned: reviews.preview_review(reviewed, cleaned["verdict"]),
        act=lambda **cleaned: reviews.review(submission=reviewed, **cleaned),
        back=reverse("decisions:submission", args=[reviewed.pk]),
        about=str(reviewed),
        team=reviewed.team,
    )
    return _page(request, ReviewForm(request.POST or None, initial=request.GET.dict()), decision)


@organiser_page
def undo_review(request: AuthenticatedRequest, review: int) -> HttpResponse:
    rows = Review.objects.select_related("submission__team", "submission__phase__track")
    undone = get_object_or_404(rows, pk=review)
    decision = TeamAct(
        title=f"Undo “{undone.get_verdict_display()}” of {undone.submission.team} in {undone.submission.phase}",
        verb="Undo the review",
        preview=lambda _: reviews.preview_undo_review(rows.get(pk=review)),
        act=lambda **cleaned: reviews.undo_review(undone, **cleaned),
        back=reverse("decisions:submission", args=[undone.submission_id]),
        about=f"Its reason: {undone.reason}",
        team=undone.submission.team,
    )
    return _page(request, ActForm(request.POST or None), decision)


@organiser_page
def disqualify(request: AuthenticatedRequest, team: str) -> HttpResponse:
    meant = get_object_or_404(Team, pk=team)
    decision = TeamAct(
        title=f"Disqualify {meant}",
        verb="Disqualify the team",
        preview=lambda cleaned: team_disqualification.preview_disqualify_team(meant, cleaned["scope"]),
        act=lambda **cleaned: team_disqualification.disqualify_team(team=meant, **cleaned),
        back=reverse("decisions:team", args=[team]),
        team=meant,
        danger=True,
    )
    return _page(request, DisqualifyForm(request.POST or None, initial=request.GET.dict()), decision)


@organiser_page
def undo_disqualification(request: AuthenticatedRequest, act: UUID) -> HttpResponse:
    rows = TeamDisqualification.objects.filter(act=act).select_related("team")
    first = get_object_or_404(rows[:1])
    decision = TeamAct(
        title=f"Undo the disqualification of {first.team}",
        verb="Undo it in all these phases",
        preview=lambda _: team_disqualification.preview_undo_disqualification(act),
        act=lambda **cleaned: team_disqualification.undo_disqualification(act, **cleaned),
        back=reverse("decisions:team", args=[first.team_id]),
        about=f"Its reason: {first.reason}",
        team=first.team,
    )
    return _page(request, ActForm(request.POST or None), decision)


@organiser_page
def erase_account(request: AuthenticatedRequest) -> HttpResponse:
    decision = TeamAct(
        title="Erase an account",
        verb="Erase the account",
        preview=lambda cleaned: erasure.preview_erase(cleaned["account"], request.user),
        act=erasure.erase,
        back=reverse("decisions:teams"),
        about="At the person’s own request. They can also do it themselves, on their account page.",
        danger=True,
    )
    return _page(request, EraseForm(request.POST or None, initial=request.GET.dict()), decision)


@organiser_page
def dismiss_look_alike(request: AuthenticatedRequest, look_alike: int) -> HttpResponse:
    return _look_alike(request, look_alike, "No problem", look_alike_acts.dismiss_look_alike)


@organiser_page
def reopen_look_alike(request: AuthenticatedRequest, look_alike: int) -> HttpResponse:
    return _look_alike(request, look_alike, "Look again", look_alike_acts.reopen_look_alike)


def _look_alike(request: AuthenticatedRequest, key: int, verb: str, act: Callable[..., None]) -> HttpResponse:
    rows = LookAlike.objects.select_related("submission__team", "submission__phase__track", "other__team")
    found, dismiss = get_object_or_404(rows, pk=key), act == look_alike_acts.dismiss_look_alike
    decision = TeamAct(
        title=f"{verb}: equal maps of {found}",
        verb=verb,
        preview=lambda _: look_alike_acts.preview_look_alike(rows.get(pk=key), dismiss=dismiss),
        act=lambda **cleaned: act(found, **cleaned),
        back=reverse("decisions:submission", args=[found.submission_id]),
        about=f"{found.in_words}.",
        team=found.submission.team,
    )
    return _page(request, ReasonForm(request.POST or None), decision)


@organiser_page
def rename(request: AuthenticatedRequest, team: str) -> HttpResponse:
    renamed = get_object_or_404(Team, pk=team)
    decision = TeamAct(
        title=f"Rename {renamed}",
        verb="Rename",
        preview=lambda cleaned: preview_rename(renamed, cleaned["name"], cleaned["affiliation"]),
        act=lambda **cleaned: rename_as_organiser(team=renamed, **cleaned),
        back=reverse("decisions:team", args=[team]),
        team=renamed,
    )
    names = {"name": renamed.name, "affiliation": renamed.affiliation}
    return _page(request, RenameForm(request.POST or None, initial=names), decision)


@organiser_page
def appoint(request: AuthenticatedRequest, team: UUID) -> HttpResponse:
    led = get_object_or_404(Team, pk=team)
    decision = TeamAct(
        title=f"Appoint another captain of {led}",
        verb="Appoint the captain",
        preview=lambda cleaned: preview_appoint(led, cleaned["member"]),
        act=lambda **cleaned: appoint_captain(team=led, **cleaned),
        back=reverse("decisions:team", args=[team]),
        about="For a team whose captain cannot be reached.",
        team=led,
    )
    form = CaptainForm(request.POST or None, initial=request.GET.dict())
    form.offer_members_of(led)
    return _page(request, form, decision)


@organiser_page
def grant(request: AuthenticatedRequest, team: str) -> HttpResponse:
    granted = get_object_or_404(Team, pk=team)
    decision = TeamAct(
        title=f"Grant {granted} more slots",
        verb="Grant the slots",
        preview=lambda cleaned: slot_grants.preview_grant(granted, cleaned["phase"], cleaned["extra"]),
        act=lambda **cleaned: slot_grants.grant(team=granted, **cleaned),
        back=reverse("decisions:team", args=[team]),
        team=granted,
    )
    return _page(request, SlotsForm(request.POST or None, initial=request.GET.dict()), decision)


@organiser_page
def grant_to_all(request: AuthenticatedRequest) -> HttpResponse:
    decision = TeamAct(
        title="Grant all teams more slots",
        verb="Grant the slots to all",
        preview=lambda cleaned: slot_grants.preview_grant_to_all(cleaned["phase"], cleaned["extra"]),
        act=slot_grants.grant_to_all,
        back=reverse("decisions:teams"),
    )
    return _page(request, SlotsForAllForm(request.POST or None, initial=request.GET.dict()), decision)


@organiser_page
def end_lock(request: AuthenticatedRequest, lock: int) -> HttpResponse:
    ended = get_object_or_404(TeamLock.objects.select_related("team", "user"), pk=lock)
    decision = TeamAct(
        title=f"End the lock of {ended.user} to {ended.team}",
        verb="End the lock",
        preview=lambda _: preview_end_lock(TeamLock.objects.select_related("team", "user").get(pk=lock)),
        act=lambda **cleaned: end_team_lock(ended, **cleaned),
        back=reverse("decisions:team", args=[ended.team_id]),
        about=ended.what,
        team=ended.team,
    )
    return _page(request, ActForm(request.POST or None), decision)
