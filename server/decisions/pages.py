"""Organisers' pages of a team and of a submission, which lead to the decisions about them."""

from urllib.parse import urlencode

from allauth.account.models import EmailAddress
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from leaderboard.models import Review
from leaderboard.ranking.standings import standing_of
from server.accounts.decorators import organiser_page
from server.accounts.requests import AuthenticatedRequest
from server.audit.models import AuditLogEntry
from server.submissions import duplicate_archives, slots
from server.submissions.models import LookAlike, State, Submission
from server.teams.models import Team
from server.teams.team_locks import as_of_now
from server.tracks.models import Phase

PER_PAGE, LATEST = 100, 20


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
    found = get_object_or_404(Team, pk=team)
    now = timezone.now()
    members = list(found.memberships.select_related("user"))
    addresses = EmailAddress.objects.filter(verified=True, user__membership__team=found)
    verified = set(addresses.values_list("user_id", "email"))
    phases = Phase.objects.not_closed_at(now).select_related("track")
    evaluations = found.submissions.select_related("phase__track").prefetch_related("evaluations", "reviews")
    context = {
        "team": found,
        "members": [(member, (member.user_id, member.user.email) in verified) for member in members],
        "past": found.past_memberships.select_related("user", "ended_by"),
        "locks": as_of_now(found.team_locks.select_related("user", "team").order_by("-since")),
        "quotas": [_quota(found, phase) for phase in phases],
        "submissions": [(each, _state(each), _verdicts(each)) for each in evaluations],
        "entries": AuditLogEntry.objects.about(found).select_related("by")[:LATEST],
    }
    return render(request, "decisions/team.html", context)


def _quota(team: Team, phase: Phase) -> tuple[Phase, int, int]:
    at = max(timezone.now(), phase.opens_at)
    return phase, slots.taken(team, phase, at), slots.limit(team, phase, at)


def _state(submission: Submission) -> str:
    latest = max(submission.evaluations.all(), key=lambda evaluation: evaluation.queued_at, default=None)
    return State(latest.state).label if latest else ""


def _verdicts(submission: Submission) -> list[str]:
    return [review.get_verdict_display() for review in submission.reviews.all() if not review.undone_at]


@organiser_page
@require_safe
def submission(request: AuthenticatedRequest, submission: str) -> HttpResponse:
    found = get_object_or_404(
        Submission.objects.select_related("team", "phase__track", "submitted_by"), pk=submission
    )
    given = list(found.reviews.select_related("by", "undone_by"))
    in_force = {review.verdict for review in given if not review.undone_at}
    shown = not found.phase.track.scorer_error
    context = {
        "submission": found,
        "state": _state(found),
        "standing": standing_of(found, include_hidden=True) if shown else None,
        "reviews": given,
        "look_alikes": LookAlike.objects.of(found).select_related("submission__team", "other__team"),
        "same_archives": duplicate_archives.from_other_teams(found).select_related("team", "phase__track"),
        "possible": [verdict for verdict in Review.Verdict if verdict not in in_force],
        "entries": AuditLogEntry.objects.about(found).select_related("by")[:LATEST],
    }
    return render(request, "decisions/submission.html", context)
