"""API views of a team's row on a board: choose, withdraw and restore a submission, use a pseudonym."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from server.api.acts import TeamAct
from server.api.requests import TokenRequest
from server.api.schema import refusals
from server.api.submission_serializers import SubmissionSerializer
from server.api.submission_views import told
from server.api.team_serializers import PseudonymSerializer
from server.api.team_views import OF_ACTS, own_team
from server.submissions import entries
from server.submissions.forms import PseudonymForm
from server.submissions.models import Entry, Submission
from server.tracks.models import Phase

SUBMISSION: dict[Any, Any] = {200: SubmissionSerializer, **refusals(*OF_ACTS)}


class EntryAct(TeamAct):
    """Base of the acts on one of the team's submissions, until its phase closes."""

    @extend_schema(request=None, responses=SUBMISSION)
    def post(self, request: TokenRequest, submission: UUID) -> Response:
        self.filled_in(request)
        rows = Submission.objects.select_related("phase__track", "team")
        own = get_object_or_404(rows, pk=submission, team__memberships__user=request.user)
        self.done(own)
        return told(request, own)

    def done(self, submission: Submission) -> None:
        raise NotImplementedError


class Choose(EntryAct):
    """Have the leaderboard use this submission, where the phase lets teams choose (`stands_on`)."""

    def done(self, submission: Submission) -> None:
        entries.choose(submission)


class Unchoose(EntryAct):
    """Have the leaderboard use the team's best submission again."""

    def done(self, submission: Submission) -> None:
        entries.use_best(submission.team, submission.phase)


class Withdraw(EntryAct):
    """Withdraw a submission from the leaderboard. Its slot stays used."""

    def done(self, submission: Submission) -> None:
        entries.withdraw(submission)


class Restore(EntryAct):
    """Undo the withdrawal of a submission."""

    def done(self, submission: Submission) -> None:
        entries.restore(submission)


class Pseudonym(TeamAct):
    """The pseudonym that the phase's leaderboard shows instead of the team's name."""

    form_class = PseudonymForm

    @extend_schema(responses={200: PseudonymSerializer, **refusals(404)})
    def get(self, request: TokenRequest, phase: int) -> Response:
        team, chosen = own_team(request), _visible(request, phase)
        entry = Entry.objects.filter(team=team, phase=chosen).first() or Entry()
        return Response(PseudonymSerializer(entry).data)

    @extend_schema(responses={200: PseudonymSerializer, **refusals(*OF_ACTS)})
    def post(self, request: TokenRequest, phase: int) -> Response:
        """Use a pseudonym until the end of a `day` in UTC; an empty `name` ends it."""
        team, chosen, form = own_team(request), _visible(request, phase), self.filled_in(request)
        entries.take_pseudonym(team, chosen, form.cleaned_data["name"], form.until())
        return Response(PseudonymSerializer(Entry.objects.get(team=team, phase=chosen)).data)


def _visible(request: TokenRequest, phase: int) -> Phase:
    return get_object_or_404(Phase.objects.visible_to(request.user), pk=phase)
