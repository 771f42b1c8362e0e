"""The door a zip comes in by, and what a team can do with a submission afterwards."""

from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import NON_FIELD_ERRORS
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe

from server.accounts.models import User
from server.files import attachment
from server.problem_json import problem, wants_json
from server.submissions import rejection_report, services, slots, transitions
from server.submissions.exceptions import MethodRefused, SubmissionRefused
from server.submissions.forms import SubmissionForm
from server.submissions.method import last_stated
from server.submissions.models import State, Submission
from server.teams.eligibility import team_of
from server.time_format import format_utc
from server.tracks.models import Phase
from server.upload_middleware import takes_archive
from server.uploads import IncomingArchive

COMMAND = (
    'curl -H "Authorization: Bearer $LID_TOKEN" -F phase={phase} -F archive=@results.zip '
    '-F method="my method" -F parameters=25600000 -F rules_kept=true {site}/api/v1/submissions/'
)
KNOWN = (
    "This very archive was submitted on {at} already. Here is what came of it; "
    "no slot was taken for it again, and what the form said was not kept."
)


def visible_to(user: User) -> QuerySet[Submission]:
    """The submissions a person may see: their team's, and for organisers all."""
    everything = Submission.objects.select_related("phase__track", "team", "submitted_by")
    return everything if user.is_staff else everything.filter(team__memberships__user=user)


@takes_archive
@never_cache  # “back” would bring the form with its old id, and a zip cancelled since would not be taken
@login_required
def submit(request: HttpRequest, track: str, phase: str) -> HttpResponse:
    """The submit page, and the submission: by a plain form, or by the page's script, which reads JSON."""
    chosen = get_object_or_404(Phase.objects.select_related("track"), track__slug=track, slug=phase)
    if request.method != "POST":
        return _submit_page(request, chosen, SubmissionForm(initial=_first_words(request, chosen), phase=chosen))
    form = SubmissionForm(request.POST, request.FILES, phase=chosen)
    if not form.is_valid():
        return _refused(request, chosen, form, 400, MethodRefused)
    try:
        submission = services.submit(
            team=team_of(request.user),
            phase=chosen,
            user=request.user,
            archive=form.cleaned_data["archive"],
            method=form.said(),
            began_at=request.began_at,
            key=_key_of(request, form.cleaned_data["archive"]),
        )
    except MethodRefused as refusal:
        form.add_error(refusal.field, str(refusal))
        return _refused(request, chosen, form, 400, refusal)
    except SubmissionRefused as refusal:
        form.add_error(None, str(refusal))
        return _refused(request, chosen, form, 409, refusal)
    if not services.is_new(submission, request.began_at):
        messages.info(request, KNOWN.format(at=format_utc(submission.received_at)))
    if wants_json(request):
        return JsonResponse({"location": submission.get_absolute_url()}, status=201)
    return redirect(submission)


def _first_words(request: HttpRequest, phase: Phase) -> dict[str, object]:
    """What the form begins with: the address's words, or else what the team said last in this track.

    Never the declaration: no link ticks it for somebody.
    """
    team = team_of(request.user)
    words = (last_stated(team, phase.track) if team else {}) | request.GET.dict()
    return {name: said for name, said in words.items() if name != "rules_kept"}


def _key_of(request: HttpRequest, archive: IncomingArchive) -> str:
    """The same archive sent twice from one opened form is one submission: a second click, or a second try."""
    form_id = request.POST.get("form_id", "")
    return f"{form_id[:32]}:{archive.sha256}" if form_id.isalnum() else ""


def _refused(
    request: HttpRequest,
    phase: Phase,
    form: SubmissionForm,
    status: int,
    refusal: SubmissionRefused | type[SubmissionRefused],
) -> HttpResponse:
    if wants_json(request):
        detail = " ".join(form.non_field_errors()) or "Fix what is marked and send it again. Nothing was spent."
        fields = {name: errors for name, errors in form.errors.items() if name != NON_FIELD_ERRORS}
        return problem(status, detail, title=refusal.title, code=refusal.code, errors=fields)
    return _submit_page(request, phase, form, status=status, code=refusal.code)


def _submit_page(
    request: HttpRequest, phase: Phase, form: SubmissionForm, status: int = 200, code: str = ""
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
        "rule": phase.published_rule(),
        "next_reset": phase.next_window_opens(now),
        "grace_minutes": settings.UPLOAD_GRACE // timedelta(minutes=1),
        "max_bytes": settings.MAX_UPLOAD_BYTES,
        "form_id": request.POST.get("form_id") or uuid4().hex,
        "command": COMMAND.format(site=settings.SITE_URL, phase=phase.pk),
    }
    return render(request, "submissions/submit.html", context, status=status)


@login_required
@require_POST
def cancel(request: HttpRequest, submission: str) -> HttpResponse:
    """Take a waiting submission out of the queue."""
    mine = get_object_or_404(Submission, pk=submission, team__memberships__user=request.user)
    waiting = mine.evaluations.filter(state=State.QUEUED).first()
    if waiting and transitions.cancel(waiting):
        messages.success(request, "Cancelled before scoring began. Your slot is back.")
    elif mine.evaluations.filter(state=State.CANCELLED).exists():
        messages.info(request, "This was cancelled already. Your slot is back.")
    else:
        messages.warning(request, "It was too late to cancel: scoring has begun.")
    return redirect(mine)


@never_cache
@login_required
@require_safe
def archive(request: HttpRequest, submission: str) -> FileResponse:
    """The team's own archive back; organisers fetch one in the admin, where it is recorded."""
    mine = get_object_or_404(Submission, pk=submission, team=team_of(request.user))
    try:
        return attachment(mine.archive_path, f"submission-{mine.pk}.zip", "application/zip")
    except FileNotFoundError as error:
        raise Http404 from error


@never_cache
@login_required
@require_safe
@gzip_page
def problems(request: HttpRequest, submission: str) -> StreamingHttpResponse:
    """Everything that is wrong with a rejected archive, as a file for programs."""
    return rejection_report.as_json(rejection_report.rejection_of(_seen(request, submission)))


@never_cache
@login_required
@require_safe
@gzip_page
def problems_csv(request: HttpRequest, submission: str) -> StreamingHttpResponse:
    """The same for spreadsheets."""
    return rejection_report.as_csv(rejection_report.rejection_of(_seen(request, submission)))


def _seen(request: HttpRequest, submission: str) -> Submission:
    return get_object_or_404(visible_to(request.user), pk=submission)
