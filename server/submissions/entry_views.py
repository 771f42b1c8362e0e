"""Actions of a team on its row of a board: choose, withdraw and restore a submission, use a pseudonym."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from server.accounts.requests import AuthenticatedRequest
from server.post_only import post_only
from server.submissions import entries
from server.submissions.forms import PseudonymForm
from server.submissions.models import Entry, Submission
from server.teams.eligibility import team_of
from server.teams.exceptions import NameRefused
from server.tracks.visibility import visible_phases


def page_of(submission: str) -> str:
    """Return the URL of a submission's page, which has the buttons of these actions."""
    return reverse("site:submission", args=[submission])


def _action(service: Callable[[Submission], None], done: str) -> Callable[..., HttpResponseBase]:
    """Return a view that calls the service with one of the team's submissions, says the outcome, and redirects."""

    @login_required
    @post_only(page_of)
    def view(request: AuthenticatedRequest, submission: str) -> HttpResponse:
        submissions = Submission.objects.select_related("phase__track", "team")
        own = get_object_or_404(submissions, pk=submission, team__memberships__user=request.user)
        try:
            service(own)
        except entries.EntryRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, done)
        return redirect(own)

    return view


def _use_best(submission: Submission) -> None:
    entries.use_best(submission.team, submission.phase)


ACTIONS = {
    "withdraw": _action(
        entries.withdraw, "The submission was withdrawn from the leaderboard. Its slot stays used."
    ),
    "restore": _action(entries.restore, "The submission is back on the leaderboard."),
    "choose": _action(entries.choose, "The leaderboard now uses this submission."),
    "unchoose": _action(_use_best, "The leaderboard uses your best submission again."),
}


@never_cache
@login_required
def pseudonym(request: AuthenticatedRequest, track: str, phase: str) -> HttpResponse:
    """Form for the team's pseudonym on the phase's board."""
    chosen = get_object_or_404(visible_phases(request), track__slug=track, slug=phase)
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
