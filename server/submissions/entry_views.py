"""What a team does with its row on a board: choose, withdraw, put back, stand under a pseudonym."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from server.submissions import entries
from server.submissions.forms import PseudonymForm
from server.submissions.models import Entry, Submission
from server.teams.eligibility import team_of
from server.teams.exceptions import NameRefused
from server.tracks.models import Phase


@login_required
@require_POST
def withdraw(request: HttpRequest, submission: str) -> HttpResponse:
    return _wish(request, submission, entries.withdraw, "Withdrawn: it stands on no board. Its slot stays used.")


@login_required
@require_POST
def restore(request: HttpRequest, submission: str) -> HttpResponse:
    return _wish(request, submission, entries.restore, "It may stand on the board again.")


@login_required
@require_POST
def choose(request: HttpRequest, submission: str) -> HttpResponse:
    return _wish(request, submission, entries.choose, "Your team stands on this submission now.")


@login_required
@require_POST
def unchoose(request: HttpRequest, submission: str) -> HttpResponse:
    def use_best(mine: Submission) -> None:
        entries.use_best(mine.team, mine.phase)

    return _wish(request, submission, use_best, "Your team stands on its best submission again.")


def _wish(request: HttpRequest, submission: str, fulfil: Callable[[Submission], None], done: str) -> HttpResponse:
    own = Submission.objects.select_related("phase__track", "team")
    mine = get_object_or_404(own, pk=submission, team__memberships__user=request.user)
    try:
        fulfil(mine)
    except entries.EntryRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect(mine)


@never_cache
@login_required
def pseudonym(request: HttpRequest, track: str, phase: str) -> HttpResponse:
    """Ask under which name the team stands on the phase's board, and until when."""
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
            messages.success(request, "Saved: this is how the board shows your team.")
            return redirect("site:team")
    context = {"form": form, "phase": chosen, "track": chosen.track, "team": team}
    return render(request, "submissions/pseudonym.html", context, status=400 if form.errors else 200)
