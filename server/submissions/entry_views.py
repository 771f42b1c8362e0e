"""Actions of a team on its row of a board: choose, withdraw and restore a submission, use a pseudonym."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from server.accounts.requests import AuthenticatedRequest
from server.submissions import entries
from server.submissions.forms import PseudonymForm
from server.submissions.models import Entry, Submission
from server.teams.eligibility import team_of
from server.teams.exceptions import NameRefused
from server.tracks.models import Phase


@login_required
@require_POST
def withdraw(request: AuthenticatedRequest, submission: str) -> HttpResponse:
    return _apply(
        request,
        submission,
        entries.withdraw,
        "The submission was withdrawn from the leaderboard. Its slot stays used.",
    )


@login_required
@require_POST
def restore(request: AuthenticatedRequest, submission: str) -> HttpResponse:
    return _apply(request, submission, entries.restore, "The submission is back on the leaderboard.")


@login_required
@require_POST
def choose(request: AuthenticatedRequest, submission: str) -> HttpResponse:
    return _apply(request, submission, entries.choose, "The leaderboard now uses this submission.")


@login_required
@require_POST
def unchoose(request: AuthenticatedRequest, submission: str) -> HttpResponse:
    def use_best(submission: Submission) -> None:
        entries.use_best(submission.team, submission.phase)

    return _apply(request, submission, use_best, "The leaderboard uses your best submission again.")


def _apply(
    request: AuthenticatedRequest, key: str, action: Callable[[Submission], None], done: str
) -> HttpResponse:
    """Run the action on one of the team's submissions, add a message about its outcome, and redirect."""
    submissions = Submission.objects.select_related("phase__track", "team")
    submission = get_object_or_404(submissions, pk=key, team__memberships__user=request.user)
    try:
        action(submission)
    except entries.EntryRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect(submission)


@never_cache
@login_required
def pseudonym(request: AuthenticatedRequest, track: str, phase: str) -> HttpResponse:
    """Form for the team's pseudonym on the phase's board."""
    chosen = get_object_or_404(Phase.objects.select_related("track"), track__slug=track, slug=phase)
    team = team_of(request.user)
    if team is None:
        return redirect("teams:create")
    entry = Entry.objects.filter(team=team, phase=chosen).first()
    form = PseudonymForm(request.POST or None, initial=PseudonymForm.of(entry))
    if form.is_valid():
        try:
            entries.take_pseudonym(team, chosen, form.cleaned_data["name"], form.until())
        except NameRefused as refusal:
            form.add_error("name", str(refusal))
        except entries.EntryRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Saved. The leaderboard now shows this name.")
            return redirect("site:team")
    context = {"form": form, "phase": chosen, "track": chosen.track, "team": team}
    return render(request, "submissions/pseudonym.html", context, status=400 if form.errors else 200)
