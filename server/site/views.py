"""Pages that combine several apps: home, track, team, submission."""

from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leaderboard.exports import lid2020_paper
from server.accounts.models import User
from server.accounts.requests import AuthenticatedRequest
from server.cross_origin import for_any_origin
from server.files import attachment
from server.markdown import as_html, ours_as_html
from server.site.cards import card_of, phase_row
from server.site.submission_page import context_of
from server.site.team_progress import progress_by_phase
from server.site.team_rows import open_phases, submission_rows
from server.site.timeline import state_of, timeline
from server.submissions.models import Entry, Submission
from server.submissions.quota_history import quota_history_of
from server.submissions.views import visible_to
from server.teams.eligibility import team_of
from server.teams.models import Team
from server.teams.views import members_of
from server.tracks.models import Edition, Phase, ScoringRule, Track
from server.tracks.visibility import visible_editions, visible_tracks
from server.verification.team_views import own_cases


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page: the current edition."""
    return _front_page(request, Edition.objects.current())


@require_safe
def edition(request: HttpRequest, edition: str) -> HttpResponse:
    """The front page of an edition, which it keeps when another one follows."""
    return _front_page(request, get_object_or_404(visible_editions(request), slug=edition))


def _front_page(request: HttpRequest, edition: Edition | None) -> HttpResponse:
    team = _team(request)
    phases = list(Phase.objects.filter(track__edition=edition).select_related("track__edition"))
    context = {
        "edition": edition,
        "state": state_of(phases),
        "description": as_html(edition.description) if edition else "",
        "cards": [card_of(track, team) for track in _with_phases(edition)],
        "team": team,
        "timeline": timeline(phases, timezone.now()),
    }
    return render(request, "site/home.html", context)


def _with_phases(edition: Edition | None) -> QuerySet[Track]:
    return (
        Track.objects.filter(edition=edition).select_related("edition").prefetch_related("phases__track__edition")
    )


@require_safe
def archive(request: HttpRequest) -> HttpResponse:
    """The editions before the current one; the tables of the paper, where there is none."""
    _, *past = Edition.objects.listed().prefetch_related("tracks__phases__track") or [None]
    if not past:
        return redirect("leaderboard:archive")
    return render(request, "site/archive.html", {"past": past, "paper": lid2020_paper.TITLE})


@require_safe
def track(request: HttpRequest, track: str) -> HttpResponse:
    chosen = get_object_or_404(visible_tracks(request), slug=track)
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
        "disqualifications": own_team.disqualifications.in_force().select_related("phase__track"),
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


@for_any_origin
@require_safe
def manifest(request: HttpRequest, track: str, split: str) -> FileResponse:
    """The manifest of a split: image ids and sizes, as `check` reads it."""
    rule = _published(request, track, split)
    return _download(rule.ground_truth.manifest_path, f"{track}-{split}.manifest.json", "application/json")


@for_any_origin
@require_safe
def sample(request: HttpRequest, track: str, split: str) -> FileResponse:
    """A valid archive of the split: right names, right sizes, all pixels 0."""
    rule = _published(request, track, split)
    return _download(rule.ground_truth.sample_path, f"{track}-{split}-sample.zip", "application/zip")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is stored about people, why, how long, and who sees it."""
    context = {
        "session_days": settings.SESSION / timedelta(days=1),
        "case_days": settings.CASE_FILES_KEPT_DAYS,
        "pack_days": settings.PAPER_PACK_KEPT / timedelta(days=1),
    }
    return render(request, "site/privacy.html", context)


def _published(request: HttpRequest, track: str, split: str) -> ScoringRule:
    of_track = get_object_or_404(visible_tracks(request), slug=track).rules_of_scoring.select_related(
        "ground_truth"
    )
    return get_object_or_404(of_track, split=split, state=ScoringRule.State.PUBLISHED)


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
