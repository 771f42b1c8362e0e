"""Pages that combine several apps: home, track, team, submission."""

from collections import Counter
from pathlib import Path

from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leaderboard.curves.board_curves import single_curve
from leaderboard.intervals.queries import interval_of
from leaderboard.ranking.standings import standing_of
from leaderboard.table.page import leader
from server.accounts.models import User
from server.files import attachment
from server.markdown import as_html, ours_as_html
from server.site.quota_history import quota_history_of
from server.site.team_progress import progress_by_phase
from server.site.timeline import timeline
from server.submissions import slots
from server.submissions.exceptions import SubmissionRefused
from server.submissions.models import Entry, Evaluation, State, Submission
from server.submissions.rejection_report import first_of
from server.submissions.services import check_open
from server.submissions.views import visible_to
from server.teams.eligibility import team_of
from server.teams.models import Team
from server.teams.views import members_of
from server.tracks.models import Phase, ScoringRule, Track


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    team = _team(request)
    context = {
        "cards": [_card(track, team) for track in Track.objects.prefetch_related("phases")],
        "team": team,
        "timeline": timeline(Phase.objects.select_related("track"), timezone.now()),
    }
    return render(request, "site/home.html", context)


def _card(track: Track, team: Team | None) -> dict[str, object]:
    """Return a track's card for the home page: its most relevant phase, the leader and the team's free slots."""
    phases = [phase for phase in track.phases.all() if phase.standing != "upcoming"]
    open_phases = [phase for phase in phases if phase.standing == "open" and phase.published_rule()]
    by_end = sorted((phase for phase in open_phases if phase.closes_at), key=lambda phase: phase.closes_at)
    phase = next(iter(by_end + open_phases + phases), None)
    return {
        "track": track,
        "phase": phase,
        "leader": leader(phase) if phase and not track.scorer_error else None,
        "left": slots.free(team, phase, timezone.now()) if team and _takes_submissions(phase) else None,
    }


def _takes_submissions(phase: Phase | None) -> bool:
    try:
        return phase is not None and bool(check_open(phase, timezone.now()))
    except SubmissionRefused:
        return False


@require_safe
def track(request: HttpRequest, slug: str) -> HttpResponse:
    chosen = get_object_or_404(Track, slug=slug)
    team = _team(request)
    phases = [_phase_row(phase, team) for phase in chosen.phases.all()]
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


def _phase_row(phase: Phase, team: Team | None) -> dict[str, object]:
    now = timezone.now()
    return {
        "phase": phase,
        "rule": phase.published_rule(),
        "slots_left": slots.free(team, phase, now) if team else None,
        "next_reset": phase.next_window_opens(now),
    }


@never_cache
@login_required
@require_safe
def team(request: HttpRequest) -> HttpResponse:
    own_team = _team(request)
    if own_team is None:
        return redirect("teams:create")
    evaluations = Prefetch("evaluations", Evaluation.objects.order_by("-queued_at").select_related("rule"))
    submitted = own_team.submissions.select_related("phase__track", "submitted_by").prefetch_related(evaluations)
    rows = [_submission_row(submission, request.user) for submission in submitted]
    context = {
        "team": own_team,
        **members_of(own_team, request.user),
        "submissions": rows,
        "progress": progress_by_phase(rows),
        "phases": _open_phases(own_team),
    }
    return render(request, "site/team.html", context)


def _open_phases(team: Team) -> list[dict[str, object]]:
    """Return the open phases that can score, in order of their end, with the team's slots."""
    now = timezone.now()
    phases = Phase.objects.open_at(now).that_can_score().select_related("track")
    phases = sorted(phases.order_by("closes_at", "track", "opens_at"), key=lambda phase: phase.closes_at is None)
    hiding = [entry for entry in Entry.objects.filter(team=team) if entry.hides_team(now)]
    return [
        {
            "phase": phase,
            "slots": (statuses := slots.slot_statuses(team, phase, now)),
            "left": slots.count_free(statuses),
            "next_reset": phase.next_window_opens(now),
            "pseudonymous": next((entry for entry in hiding if entry.phase_id == phase.pk), None),
        }
        for phase in phases
    ]


def _submission_row(submission: Submission, reader: User) -> dict[str, object]:
    evaluation, track = next(iter(submission.evaluations.all())), submission.phase.track
    shown_now = evaluation.state == State.SCORED and submission.shows_results_to(reader)
    row = {"submission": submission, "evaluation": evaluation}
    if not shown_now or track.scorer_error:
        return row
    metric = track.description.headline
    value = evaluation.scores.get(metric.key)
    return row | {"metric": metric, "value": value, "score": metric.show_with_unit(value)}


@never_cache
@login_required
@require_safe
def quota_history(request: HttpRequest) -> HttpResponse:
    """The team's quota history."""
    own_team = _team(request)
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
def submission(request: HttpRequest, submission: str) -> HttpResponse:
    context = _submission_context(request, submission)
    seen = context["submission"]
    static = {
        "description": as_html(seen.description),
        "settled": seen.phase.standing == "closed",
        "may_choose": seen.phase.stands_on == Phase.StandsOn.CHOSEN,
        "chosen": Entry.objects.filter(chosen=seen).exists(),
    }
    return render(request, "site/submission.html", context | static)


@never_cache
@login_required
@require_safe
def submission_live(request: HttpRequest, submission: str) -> HttpResponse:
    """The changing part of the submission page, fetched by its script."""
    return render(request, "site/submission_live.html", _submission_context(request, submission))


def _submission_context(request: HttpRequest, submission: str) -> dict[str, object]:
    seen = get_object_or_404(visible_to(request.user), pk=submission)
    evaluation = seen.evaluations.select_related("rule__ground_truth").order_by("-queued_at").first()
    return {
        "submission": seen,
        "phase": seen.phase,
        "track": seen.phase.track,
        "mine": seen.team == _team(request),
        "open": _takes_submissions(seen.phase),
        "evaluation": evaluation,
        "slot": seen.slots.first(),
        "slot_limit": slots.limit(seen.team, seen.phase, seen.began_at),
        "events": evaluation.events.all(),
        "received_at": f"{seen.received_at:%H:%M:%S} UTC",
        "queue_position": (position := evaluation.queue_position() if evaluation.state == State.QUEUED else None),
        "queue_text": f"position {position}" if position else "",
        "progress_text": f"{evaluation.done} of {evaluation.total}" if evaluation.total else evaluation.stage,
        "problems": _grouped(first := first_of(evaluation.problems)),
        "problems_shown": len(first),
        "tally": Counter(problem["code"] for problem in evaluation.problems).most_common(),
        "problems_listed": len(evaluation.problems),
        "finished": evaluation.finished_at is not None,
        "slots_left": slots.free(seen.team, seen.phase, timezone.now()),
        **_results(seen, evaluation, request.user),
    }


def _results(seen: Submission, evaluation: Evaluation, reader: User) -> dict[str, object]:
    """Return the context of scores, rank and curve, if the reader may see them."""
    if evaluation.state != State.SCORED:
        return {}
    if not seen.shows_results_to(reader):
        return {"results_hidden": True}
    standing = standing_of(seen, include_hidden=reader.is_staff)
    interval = interval_of(standing) if standing else None
    return {
        "values": [
            (metric, metric.show(evaluation.scores.get(metric.key)), interval and interval.metrics.get(metric.key))
            for metric in seen.phase.track.description.metrics
        ],
        "standing": standing,
        "interval": interval,
        "hidden": seen.reviews.filter(verdict="hidden", undone_at=None).exists(),
        "figure": single_curve(evaluation),
    }


def _grouped(problems: list[dict[str, str]]) -> list[dict[str, object]]:
    """Merge problems that differ only in the file, in the order of their first occurrence."""
    groups: dict[tuple[str, ...], dict[str, object]] = {}
    for problem in problems:
        key = tuple(problem[name] for name in ("code", "found", "expected", "fix"))
        groups.setdefault(key, {**problem, "files": []})["files"].append(problem["file"])
    return list(groups.values())


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
    return team_of(request.user) if request.user.is_authenticated else None
