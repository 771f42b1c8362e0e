"""Organisers' pages of a team and of a submission, which lead to the decisions about them."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from leaderboard.models import Review
from leaderboard.ranking.standings import standing_of
from server.accounts.decorators import organiser_page
from server.accounts.requests import AuthenticatedRequest
from server.audit.models import AuditLogEntry
from server.decisions.team_page import LATEST, context_of, state_of
from server.submissions import duplicate_archives
from server.submissions.models import Evaluation, LookAlike, Submission
from server.teams.models import Team

PER_PAGE = 100


@organiser_page
@require_safe
def teams(request: AuthenticatedRequest) -> HttpResponse:
    """All teams, or those that have the searched words in their name or a member's."""
    search = request.GET.get("q", "").strip()
    found = Team.objects.annotate(
        member_count=Count("memberships", distinct=True), submission_count=Count("submissions", distinct=True)
    )
    if search:
        words = Q(name__icontains=search) | Q(affiliation__icontains=search)
        person = Q(memberships__user__email__icontains=search) | Q(memberships__user__name__icontains=search)
        found = found.filter(pk__in=Team.objects.filter(words | person))
    page = Paginator(found.order_by("name", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    query = f"{urlencode({'q': search})}&" if search else ""
    return render(request, "decisions/teams.html", {"page": page, "search": search, "query": query})


@organiser_page
@require_safe
def team(request: AuthenticatedRequest, team: str) -> HttpResponse:
    return render(request, "decisions/team.html", context_of(get_object_or_404(Team, pk=team)))


@organiser_page
@require_safe
def submission(request: AuthenticatedRequest, submission: str) -> HttpResponse:
    rows = Submission.objects.select_related("team", "phase__track", "submitted_by")
    current = Prefetch("evaluations", Evaluation.objects.current_first())
    found = get_object_or_404(rows.prefetch_related(current), pk=submission)
    given = list(found.reviews.select_related("by", "undone_by"))
    in_force = {review.verdict for review in given if not review.undone_at}
    shown = not found.phase.track.scorer_error
    context = {
        "submission": found,
        "state": state_of(found),
        "standing": standing_of(found, include_hidden=True) if shown else None,
        "disqualified": found.team.disqualifications.in_force().filter(phase=found.phase).first(),
        "reviews": given,
        "look_alikes": LookAlike.objects.of(found).select_related("submission__team", "other__team"),
        "same_archives": duplicate_archives.from_other_teams(found).select_related("team", "phase__track"),
        "possible": [verdict for verdict in Review.Verdict if verdict not in in_force],
        "entries": AuditLogEntry.objects.about(found).select_related("by")[:LATEST],
    }
    return render(request, "decisions/submission.html", context)
