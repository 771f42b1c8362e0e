"""Submit page, and a team's actions on a submission: cancel it, download it or its errors."""

from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import NON_FIELD_ERRORS
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from evaluator.contract import page_facts
from server.accounts.models import User
from server.accounts.requests import AuthenticatedRequest
from server.files import attachment
from server.post_only import post_only
from server.problem_json import problem, wants_json
from server.submissions import rejection_report, services, slots, transitions
from server.submissions.entry_views import page_of
from server.submissions.exceptions import FIX_FIELDS, FormRefused, SubmissionRefused
from server.submissions.form_submission import submit_form
from server.submissions.forms import SubmissionForm
from server.submissions.method import last_stated, replay_text
from server.submissions.models import State, Submission
from server.teams.eligibility import team_of
from server.tracks.models import Phase, ScoringRule
from server.tracks.services import rules_beside
from server.tracks.visibility import visible_phases
from server.upload_middleware import TimedRequest, takes_archive

COMMAND = (
    'curl -H "Authorization: Bearer $LID_TOKEN" -F phase={phase} -F archive=@results.zip '
    '-F method="my method" -F parameters=25600000 -F rules_kept=true {site}/api/v1/submissions/'
)
CHECK_SCRIPTS = (  # of the worker, in the order in which they build on one another
    *("words", "bytes", "inflate_start", "directory", "layout"),
    *("file_names", "file_matching", "png_header", "inspection"),
)


class UploadRequest(AuthenticatedRequest, TimedRequest):
    """A request of somebody who is logged in, with the time at which it began."""


def visible_to(user: User) -> QuerySet[Submission]:
    """Return the submissions that a person may see: their team's, or all for organisers."""
    submissions = Submission.objects.select_related("phase__track", "team", "submitted_by")
    return submissions if user.is_staff else submissions.filter(team__memberships__user=user)


@takes_archive
@never_cache  # “back” would restore the form's old id, and a zip cancelled since could not be submitted again
@login_required
def submit(request: UploadRequest, track: str, phase: str) -> HttpResponse:
    """Submit page. A POST comes from a plain form or from the page's script, which expects JSON."""
    chosen = get_object_or_404(visible_phases(request), track__slug=track, slug=phase)
    if request.method != "POST":
        return _submit_page(request, chosen, SubmissionForm(initial=_initial(request, chosen), phase=chosen))
    form = SubmissionForm(request.POST, request.FILES, phase=chosen)
    if not form.is_valid():
        return _refused(request, chosen, form, 400, form.refusal())
    try:
        submission, is_new = _submit(request, chosen, form)
    except FormRefused as refusal:
        for field, wrong in refusal.errors.items():
            form.add_error(field, wrong)
        return _refused(request, chosen, form, 400, refusal)
    except SubmissionRefused as refusal:
        form.add_error(None, str(refusal))
        return _refused(request, chosen, form, refusal.status, refusal)
    if not is_new:
        labels = {name: str(field.label) for name, field in form.fields.items()}
        messages.info(request, replay_text(submission, form.cleaned_method(), labels))
    if wants_json(request):
        return JsonResponse({"location": submission.get_absolute_url()}, status=201)
    return redirect(submission)


def _submit(request: UploadRequest, phase: Phase, form: SubmissionForm) -> tuple[Submission, bool]:
    archive, user = form.cleaned_data["archive"], request.user
    key = _key_of(request, archive.sha256 if archive else form.cleaned_data["upload"].hex)
    return submit_form(form, team=team_of(user), user=user, phase=phase, began_at=request.began_at, key=key)


def _initial(request: AuthenticatedRequest, phase: Phase) -> dict[str, object]:
    """Return the form's initial values: from the query string, else from the team's last submission to the track.

    Never the declaration of rules: no link may tick it for somebody.
    """
    team = team_of(request.user)
    values = (last_stated(team, phase.track) if team else {}) | request.GET.dict()
    return {name: value for name, value in values.items() if name != "rules_kept"}


def _key_of(request: AuthenticatedRequest, archive: str) -> str:
    """Return the idempotency key: sending the same archive twice from one form makes one submission."""
    form_id = _posted_form_id(request)
    return f"{form_id}:{archive}" if form_id else ""


def _posted_form_id(request: AuthenticatedRequest) -> str:
    """Return the id of the form that was sent; empty where it is none of ours."""
    form_id = request.POST.get("form_id", "")[:32]
    return form_id if form_id.isascii() and form_id.isalnum() else ""


@never_cache
@login_required
@require_safe
def submission_of_form(request: AuthenticatedRequest, form_id: str) -> JsonResponse:
    """Return as JSON the submission that a form made, or null, for a script whose request got no answer."""
    sent = Submission.objects.filter(team=team_of(request.user), idempotency_key__startswith=f"{form_id}:")
    newest = sent.order_by("-received_at").first()
    return JsonResponse({"location": newest and newest.get_absolute_url()})


def _refused(
    request: AuthenticatedRequest,
    phase: Phase,
    form: SubmissionForm,
    status: int,
    refusal: SubmissionRefused,
) -> HttpResponse:
    if wants_json(request):
        general = " ".join(map(str, form.non_field_errors()))
        detail = general or FIX_FIELDS
        fields = {name: errors for name, errors in form.errors.items() if name != NON_FIELD_ERRORS}
        return problem(status, detail, title=refusal.title, code=refusal.code, errors=fields)
    return _submit_page(request, phase, form, status=status, code=refusal.code)


def _submit_page(
    request: AuthenticatedRequest, phase: Phase, form: SubmissionForm, status: int = 200, code: str = ""
) -> HttpResponse:
    team, now, closed = team_of(request.user), timezone.now(), None
    try:
        services.check_can_submit(team, phase, now)
    except SubmissionRefused as refusal:
        closed = refusal
    statuses = slots.slot_statuses(team, phase, now) if team else []
    context = {
        "phase": phase,
        "track": phase.track,
        "team": team,
        "form": form,
        "refusal": closed,
        "code": code,
        "slots": statuses,
        "left": slots.count_free(statuses),
        "rule": (rule := phase.published_rule()),
        "check": _check(phase, rule) if rule else None,
        "next_reset": phase.next_window_opens(now),
        "grace_minutes": settings.UPLOAD_GRACE // timedelta(minutes=1),
        "max_bytes": settings.MAX_UPLOAD_BYTES,
        "form_id": _posted_form_id(request) or uuid4().hex,
        "command": COMMAND.format(site=settings.SITE_URL, phase=phase.pk),
    }
    return render(request, "submissions/submit.html", context, status=status)


def _check(phase: Phase, rule: ScoringRule) -> dict[str, object]:
    """Return what the page's script needs to check an archive before it is sent."""
    others = [
        {"title": title, "address": reverse("site:manifest", args=[one.track.slug, one.split])}
        for title, one in rules_beside(rule).items()
    ]
    scripts = [static(f"submissions/check/{name}.js") for name in CHECK_SCRIPTS]
    own = {"manifest": reverse("api:manifest", args=[phase.pk]), "others": others, "scripts": scripts}
    return {**own, "facts": dict(page_facts())}


@login_required
@post_only(page_of)
def cancel(request: AuthenticatedRequest, submission: str) -> HttpResponse:
    """Cancel a queued submission."""
    own = get_object_or_404(Submission, pk=submission, team__memberships__user=request.user)
    waiting = own.evaluations.filter(state=State.QUEUED, rescoring=False).first()
    if waiting and transitions.cancel(waiting):
        messages.success(request, "Cancelled before scoring began. Your slot was returned.")
    elif own.evaluations.filter(state=State.CANCELLED).exists():
        messages.info(request, "This submission was already cancelled. Your slot was returned.")
    else:
        messages.warning(request, "It is too late to cancel, because scoring has begun.")
    return redirect(own)


@never_cache
@login_required
@require_safe
def archive(request: AuthenticatedRequest, submission: str) -> FileResponse:
    """Download the team's own archive; organisers do so in the admin, where it is recorded."""
    own = get_object_or_404(Submission, pk=submission, team=team_of(request.user))
    try:
        return attachment(own.archive_path, f"submission-{own.pk}.zip", "application/zip")
    except FileNotFoundError as error:
        raise Http404 from error


@never_cache
@login_required
@require_safe
@gzip_page
def problems(request: AuthenticatedRequest, submission: str) -> StreamingHttpResponse:
    """Download all errors of an archive as JSON."""
    return rejection_report.as_json(rejection_report.reported_evaluation(_visible(request, submission)))


@never_cache
@login_required
@require_safe
@gzip_page
def problems_csv(request: AuthenticatedRequest, submission: str) -> StreamingHttpResponse:
    """Download all errors of an archive as CSV."""
    return rejection_report.as_csv(rejection_report.reported_evaluation(_visible(request, submission)))


def _visible(request: AuthenticatedRequest, submission: str) -> Submission:
    return get_object_or_404(visible_to(request.user), pk=submission)
