"""A team's page of its verification case. Cases of other teams answer as missing ones do."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from server.accounts.models import User
from server.accounts.requests import AuthenticatedRequest
from server.acts import ActRefused
from server.post_only import post_only
from server.upload_middleware import takes_files
from server.verification import findings, sending
from server.verification.forms import FileForm, LinkForm, MessageForm
from server.verification.models import CaseFile, VerificationCase
from server.verification.views import send


def own_cases(user: User) -> QuerySet[VerificationCase]:
    """The cases of the team that this person is in now."""
    return VerificationCase.objects.with_rows().filter(submission__team__memberships__user_id=user.pk)


def _own(request: AuthenticatedRequest, key: UUID) -> VerificationCase:
    return get_object_or_404(own_cases(request.user), pk=key)


def page_of(case: UUID) -> str:
    return reverse("cases:case", args=[case])


@never_cache
@login_required
@require_safe
def case(request: AuthenticatedRequest, case: UUID) -> HttpResponse:
    return _page(request, _own(request, case))


def _page(
    request: AuthenticatedRequest, found: VerificationCase, status: int = 200, **sent: forms.Form
) -> HttpResponse:
    said = {name: getattr(found, name) for name in LinkForm.base_fields}
    context: dict[str, Any] = {
        "case": found,
        "removable": found.state in sending.REMOVABLE,
        "files": found.files.exclude(kind=CaseFile.Kind.PREDICTIONS).select_related("sent_by"),
        "findings": findings.findings_of(found),
        "letters": found.messages.select_related("by"),
        "file_form": FileForm(initial={"kind": CaseFile.Kind.CODE}),
        "link_form": LinkForm(initial=said),
        "message_form": MessageForm(),
        "max_bytes": settings.MAX_CASE_FILE_BYTES,
        "kept_days": settings.CASE_FILES_KEPT_DAYS,
        "key": uuid4().hex,
    }
    return render(request, "verification/team_case.html", context | sent, status=status)


@takes_files("MAX_CASE_FILE_BYTES")
@never_cache
@login_required
@post_only(page_of)
def upload(request: AuthenticatedRequest, case: UUID) -> HttpResponse:
    """Take a file of the team, as it is."""
    found = _own(request, case)
    form = FileForm(request.POST, request.FILES)
    try:
        if form.is_valid():
            said = form.cleaned_data
            _, added = sending.add_file(case=found, kind=said["kind"], upload=said["file"], by=request.user)
            messages.success(request, "Uploaded." if added else "The case has this file already: nothing changed.")
            return redirect(found)
    except ActRefused as refusal:
        form.add_error(refusal.field, str(refusal))
    return _page(request, found, 400, file_form=form)


@never_cache
@login_required
@post_only(lambda **_: reverse("site:team"))
def remove_file(request: AuthenticatedRequest, file: UUID) -> HttpResponse:
    """Remove a file that was uploaded by mistake."""
    own = CaseFile.objects.kept().exclude(kind=CaseFile.Kind.PREDICTIONS).select_related("case")
    found = get_object_or_404(own, pk=file, case__in=own_cases(request.user))
    try:
        sending.remove_file(found, by=request.user)
        messages.success(request, "Removed.")
    except ActRefused as refusal:
        messages.error(request, str(refusal))
    return redirect(found.case)


@never_cache
@login_required
@post_only(page_of)
def give_link(request: AuthenticatedRequest, case: UUID) -> HttpResponse:
    """Note where the code is, and how many parameters the team counted."""
    found, form = _own(request, case), LinkForm(request.POST)
    try:
        if form.is_valid():
            changed = sending.give_link(case=found, link=form.cleaned_link(), by=request.user)
            messages.success(request, "Saved." if changed else "Nothing changed.")
            return redirect(found)
    except ActRefused as refusal:
        form.add_error(None, str(refusal))
    return _page(request, found, 400, link_form=form)


@never_cache
@login_required
@post_only(page_of)
def write(request: AuthenticatedRequest, case: UUID) -> HttpResponse:
    """Write to the organisers."""
    found, form = _own(request, case), MessageForm(request.POST)
    try:
        if form.is_valid():
            send(request, found, form, from_team=True)
            return redirect(found)
    except ActRefused as refusal:
        form.add_error(None, str(refusal))
    return _page(request, found, 400, message_form=form)
