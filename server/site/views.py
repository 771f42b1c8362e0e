"""Pages that combine several apps: home, track, team, submission."""

from pathlib import Path

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from server.accounts.models import User
from server.accounts.requests import AuthenticatedRequest
from server.files import attachment
from server.markdown import as_html, ours_as_html
from server.site.cards import card_of, phase_row
from server.site.quota_history import quota_history_of
from server.site.submission_page import context_of
from server.site.team_progress import progress_by_phase
from server.site.team_rows import open_phases, submission_rows
from server.site.timeline import timeline
from server.submissions.models import Entry, Submission
from server.submissions.views import visible_to
from server.teams.eligibility import team_of
from server.teams.models import Team
from server.teams.views import members_of
from server.tracks.models import Phase, ScoringRule, Track
from server.verification.team_views import own_cases


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    team = _team(request)
    context = {
        "cards": [card_of(track, team) for track in Track.objects.prefetch_related("phases")],
        "team": team,
        "timeline": timeline(Phase.objects.select_related("track"), timezone.now()),
    }
    return render(request, "site/home.html", context)


@require_safe
def track(request: HttpRequest, track: str) -> HttpResponse:
    chosen = get_object_or_404(Track, slug=track)
    team = _team(request)
    phases = [phase_row(phase, team) for phase in chosen.phases.all()]
    published = ScoringRule.objects.filter(track=chosen, state=ScoringRule.State.PUBLISHED)
    help_texts = chosen.description.help
    context = {
        "track": chosen,
        "submission_help": ours_as_html(help_texts.submission),
        "scoring_help": ours_as_html(help_texts.scoring),
        "phases": phases,
        "rules": published.select_related("ground_truth").order_by("split"),
        "team": team,
    }
    return render(request, "site/track.html", context)


@never_cache
@login_required
@require_safe
def team(request: AuthenticatedRequest) -> HttpResponse:
    own_team = team_of(request.user)
    if own_team is None:
        return redirect("teams:create")
    rows = submission_rows(own_team, request.user)
    context = {
        "team": own_team,
        **members_of(own_team, request.user),
        "submissions": rows,
        "progress": progress_by_phase(rows),
        "phases": open_phases(own_team),
        "cases": own_cases(request.user),
    }
    return render(request, "site/team.html", context)


@never_cache
@login_required
@require_safe
def quota_history(request: AuthenticatedRequest) -> HttpResponse:
    """The team's quota history."""
    own_team = team_of(request.user)
    if own_team is None:
        return redirect("teams:create")
    pages = quota_history_of(own_team, timezone.now())
    context = {
        "team": own_team,
        "used": [page for page in pages if page.events],
        "unused": [page for page in pages if not page.events],
    }
    return render(request, "site/quota_history.html", context)


@never_cache
@login_required
@require_safe
def submission(request: AuthenticatedRequest, submission: str) -> HttpResponse:
    seen = _visible(request, submission)
    static = {
        "description": as_html(seen.description),
        "settled": seen.phase.status == "closed",
        "may_choose": seen.phase.stands_on == Phase.StandsOn.CHOSEN,
        "chosen": Entry.objects.filter(chosen=seen).exists(),
    }
    return render(request, "site/submission.html", context_of(seen, request.user) | static)


@never_cache
@login_required
@require_safe
def submission_live(request: AuthenticatedRequest, submission: str) -> HttpResponse:
    """The changing part of the submission page, fetched by its script."""
    context = context_of(_visible(request, submission), request.user)
    return render(request, "site/submission_live.html", context)


def _visible(request: AuthenticatedRequest, submission: str) -> Submission:
    return get_object_or_404(visible_to(request.user), pk=submission)


@require_safe
def manifest(request: HttpRequest, track: str, split: str) -> FileResponse:
    """The manifest of a split: image ids and sizes, as `check` reads it."""
    rule = _published(track, split)
    return _download(rule.ground_truth.manifest_path, f"{track}-{split}.manifest.json", "application/json")


@require_safe
def sample(request: HttpRequest, track: str, split: str) -> FileResponse:
    """A valid archive of the split: right names, right sizes, all pixels 0."""
    rule = _published(track, split)
    return _download(rule.ground_truth.sample_path, f"{track}-{split}-sample.zip", "application/zip")


def _published(track: str, split: str) -> ScoringRule:
    rules = ScoringRule.objects.select_related("ground_truth")
    return get_object_or_404(rules, track__slug=track, split=split, state=ScoringRule.State.PUBLISHED)


def _download(path: Path, name: str, content_type: str) -> FileResponse:
    try:
        return attachment(path, name, content_type)
    except FileNotFoundError as error:
        raise Http404 from error


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Health check of this process."""
    return HttpResponse("ok\n", content_type="text/plain")


def _team(request: HttpRequest) -> Team | None:
    return team_of(request.user) if isinstance(request.user, User) else None
