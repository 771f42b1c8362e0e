"""The organisers' pages of verification cases: the list, a case, and what is done on it at once."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from server.accounts.decorators import organiser_page
from server.accounts.requests import AuthenticatedRequest
from server.acts import ActRefused
from server.audit.models import AuditLogEntry
from server.files import attachment
from server.post_only import post_only
from server.upload_middleware import takes_archive
from server.verification import asking, findings, opening, sending
from server.verification.acts import case_or_404
from server.verification.forms import MessageForm, PredictionsForm
from server.verification.models import CaseFile, VerificationCase
from server.verification.verdicts import verdicts_possible

LATEST = 200


@organiser_page
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Open cases by due date, closed challenge phases without any, and all closed cases."""
    cases = VerificationCase.objects.with_rows()
    context = {
        "open": cases.open().order_by("due_at", "pk"),
        "closed": cases.exclude(closed_at=None).order_by("-closed_at")[:LATEST],
        "phases": opening.closed_without_cases(),
        "top": opening.TOP,
    }
    return render(request, "verification/index.html", context)


@organiser_page
@require_safe
def case(request: AuthenticatedRequest, case: UUID) -> HttpResponse:
    return _case_page(request, case_or_404(case))


def _case_page(
    request: AuthenticatedRequest, found: VerificationCase, status: int = 200, **forms: object
) -> HttpResponse:
    context = {
        "case": found,
        "files": found.files.select_related("sent_by"),
        "findings": findings.findings_of(found),
        "reproductions": findings.reproductions_of(found),
        "letters": found.messages.select_related("by"),
        "steps": asking.steps_possible(found),
        "verdicts": verdicts_possible(found),
        "entries": AuditLogEntry.objects.about(found).select_related("by"),
        "message_form": MessageForm(),
        "predictions_form": PredictionsForm(),
        "key": uuid4().hex,
    }
    return render(request, "verification/case.html", context | forms, status=status)


def page_of(case: UUID, **_: object) -> str:
    return reverse("verification:case", args=[case])


@organiser_page
@post_only(page_of)
def mark(request: AuthenticatedRequest, case: UUID) -> HttpResponse:
    """Note how far the organisers are."""
    found = case_or_404(case)
    try:
        asking.mark(found, request.POST.get("step", ""), by=request.user)
        messages.success(request, "Noted. The team sees it on its page of the case.")
    except ActRefused as refusal:
        messages.error(request, str(refusal))
    return redirect(found.organisers_url)


@organiser_page
@post_only(page_of)
def write(request: AuthenticatedRequest, case: UUID) -> HttpResponse:
    """Write to the team."""
    found, form = case_or_404(case), MessageForm(request.POST)
    try:
        if form.is_valid():
            send(request, found, form, from_team=False)
            return redirect(found.organisers_url)
    except ActRefused as refusal:
        form.add_error(None, str(refusal))
    return _case_page(request, found, 400, message_form=form)


def send(request: AuthenticatedRequest, found: VerificationCase, form: MessageForm, *, from_team: bool) -> None:
    """Send the message of a valid form, and say so; a form that comes twice sends once. Raises ActRefused."""
    key, text = request.POST.get("key", "")[:64] or uuid4().hex, form.cleaned_data["text"]
    if sending.write(case=found, text=text, by=request.user, from_team=from_team, key=key):
        messages.success(request, f"Sent. {'The organisers get' if from_team else 'The team gets'} it by mail.")
    else:
        messages.info(request, "This message was sent already.")


@takes_archive
@organiser_page
@post_only(page_of)
def add_predictions(request: AuthenticatedRequest, case: UUID) -> HttpResponse:
    """Upload what the team's code predicted on the organisers' own machine."""
    found, form = case_or_404(case), PredictionsForm(request.POST, request.FILES)
    try:
        if form.is_valid():
            kind, upload = CaseFile.Kind.PREDICTIONS, form.cleaned_data["file"]
            _, added = sending.add_file(case=found, kind=kind, upload=upload, by=request.user)
            said = "Uploaded. A worker scores and compares them." if added else "The case has this zip already."
            messages.success(request, said)
            return redirect(found.organisers_url)
    except ActRefused as refusal:
        form.add_error(refusal.field, str(refusal))
    return _case_page(request, found, 400, predictions_form=form)


@organiser_page
@post_only(page_of)
def download(request: AuthenticatedRequest, case: UUID, file: UUID) -> HttpResponseBase:
    """Download a file as it came; the audit log names who did."""
    found = get_object_or_404(CaseFile.objects.select_related("case"), pk=file, case=case)
    try:
        answer: FileResponse = attachment(found.path, found.name, "application/octet-stream")
    except FileNotFoundError as error:
        if found.deleted_at is None:
            raise Http404 from error
        messages.error(request, "This file was deleted, as the case said.")
        return redirect(page_of(case))
    sending.note_download(found, by=request.user)
    return answer
