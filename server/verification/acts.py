"""Organisers' acts on verification cases: each shows what would follow before it is confirmed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from server.accounts.decorators import organiser_page
from server.accounts.requests import AuthenticatedRequest
from server.acts import preview_or_act
from server.submissions.models import State, Submission
from server.tracks.models import Phase
from server.verification import asking, opening, verdicts
from server.verification.due_dates import usual_due_date
from server.verification.emails import named
from server.verification.forms import ExtendForm, OpenForm, ReasonForm, VerdictForm
from server.verification.models import CaseState, VerificationCase

form_page = require_http_methods(["GET", "HEAD", "POST"])
ABOUT = "Each team is asked for its code by mail, and gets a page where it sends it."
NO_ROWS = (
    "No row of this phase is ranked, so there is nothing to choose. Open a case from the page of a submission."
)
OFFERED = 10  # rows of a board; others are chosen on the page of their submission


@dataclass(frozen=True)
class CaseAct:
    """An act as its page needs it: what the form would do, the service that does it, and what is said then."""

    title: str
    verb: str
    preview: Callable[[], Any]
    act: Callable[[str], object]
    done: str
    back: str
    about: str = ""


def _page(request: AuthenticatedRequest, form: forms.Form, act: CaseAct) -> HttpResponse:
    """Show the form; then, with the form, what would follow; then do it."""
    context: dict[str, object] = {"form": form, "act": act, "tell": True}
    if form.is_bound and form.is_valid():
        confirmed = request.POST.get("seen", "") if "confirm" in request.POST else None
        follows = preview_or_act(form, confirmed, preview=act.preview, act=act.act)
        if follows is None:
            messages.success(request, act.done)
            return redirect(act.back)
        context |= follows
    return render(request, "verification/act.html", context, status=400 if form.errors else 200)


def case_or_404(key: UUID) -> VerificationCase:
    return get_object_or_404(VerificationCase.objects.with_rows(), pk=key)


@organiser_page
@form_page
def open_cases(request: AuthenticatedRequest, phase: int) -> HttpResponse:
    """Open cases for rows of a phase, by default for the first three; `?submission=` offers another one."""
    chosen = get_object_or_404(Phase.objects.select_related("track"), pk=phase)
    form = _open_form(request, chosen)

    def said() -> dict[str, Any]:
        data = form.cleaned_data
        return data | {"submissions": list(data["submissions"].order_by("received_at"))}

    act = CaseAct(
        title=f"Open verification cases in {chosen}",
        verb="Open the cases and send the mails",
        preview=lambda: opening.preview_open(**said()),
        act=lambda seen: opening.open_cases(**said(), by=request.user, seen=seen),
        done="Opened. The teams get a mail.",
        back=reverse("verification:index"),
        about=ABOUT if form.fields["submissions"].choices else NO_ROWS,  # type: ignore[attr-defined]
    )
    return _page(request, form, act)


def _open_form(request: AuthenticatedRequest, phase: Phase) -> OpenForm:
    """The form with the first rows of the board, and those that were chosen by hand."""
    by_hand = request.POST.getlist("submissions") or request.GET.getlist("submission")
    rows = opening.ranked_rows(phase)
    first = [row.submission.pk for row in opening.first_rows(phase)]
    form = OpenForm(request.POST or None, initial={"submissions": by_hand or first, "due_at": usual_due_date()})
    field: Any = form.fields["submissions"]
    field.queryset = field.queryset.filter(phase=phase, evaluations__state=State.SCORED).distinct()
    labels = {row.submission.pk: f"Rank {row.rank}: {_label(row.submission)}" for row in rows[:OFFERED]}
    others = field.queryset.filter(pk__in=filter(None, map(_key, by_hand))).exclude(pk__in=labels)
    field.choices = [*labels.items(), *((other.pk, _label(other)) for other in others)]
    return form


def _label(submission: Submission) -> str:
    has_case = ", has a case" if submission.verification_cases.in_force().exists() else ""
    return f"{submission.team}, {named(submission)}{has_case}"


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@organiser_page
@form_page
def extend(request: AuthenticatedRequest, case: UUID) -> HttpResponse:
    """Give the team more time, or ask again for what is missing."""
    found = case_or_404(case)
    extended = found.state == CaseState.REQUESTED
    form = ExtendForm(request.POST or None, initial={"due_at": max(found.due_at, usual_due_date())})
    act = CaseAct(
        title="More time" if extended else "Ask for more",
        verb="Set the due date",
        preview=lambda: asking.preview_extend(case_or_404(case), form.cleaned_data["due_at"]),
        act=lambda seen: asking.extend(found, **form.cleaned_data, by=request.user, seen=seen),
        done="The due date is set, and the team gets a mail.",
        back=found.organisers_url,
        about=str(found),
    )
    return _page(request, form, act)


@organiser_page
@form_page
def verdict(request: AuthenticatedRequest, case: UUID) -> HttpResponse:
    """Close the case: verified, not verified, or called off."""
    found = case_or_404(case)
    form = VerdictForm(request.POST or None, initial={"next_due_at": usual_due_date()} | request.GET.dict())

    def give(seen: str) -> None:
        reason = form.cleaned_data["reason"]
        verdicts.give_verdict(found, verdict=form.cleaned_verdict(), reason=reason, by=request.user, seen=seen)

    act = CaseAct(
        title="Verdict",
        verb="Close the case",
        preview=lambda: verdicts.preview_verdict(case_or_404(case), form.cleaned_verdict()),
        act=give,
        done="The case is closed, and the team gets a mail.",
        back=found.organisers_url,
        about=str(found),
    )
    return _page(request, form, act)


@organiser_page
@form_page
def reopen(request: AuthenticatedRequest, case: UUID) -> HttpResponse:
    """Undo the end of the case."""
    found, form = case_or_404(case), ReasonForm(request.POST or None)
    act = CaseAct(
        title="Reopen the case",
        verb="Reopen it",
        preview=lambda: verdicts.preview_reopen(case_or_404(case)),
        act=lambda seen: verdicts.reopen(found, reason=form.cleaned_data["reason"], by=request.user, seen=seen),
        done="The case is open again, and the team gets a mail.",
        back=found.organisers_url,
        about=str(found),
    )
    return _page(request, form, act)
