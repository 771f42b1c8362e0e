"""Organisers' pages: all phases, and a change of one or several of them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from server.accounts.decorators import organiser_page
from server.accounts.requests import AuthenticatedRequest
from server.acts import ActRefused, PreviewOutdated, fingerprint
from server.phases.changes import IN_ORDER, Act
from server.phases.forms import ChangeForm, CloseNowForm, ReasonForm
from server.phases.services import Preview, change_phases, preview_change
from server.tracks.models import Phase
from server.tracks.overlaps import overlaps_among


@organiser_page
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return _list(request, ChangeForm())


@organiser_page
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: AuthenticatedRequest) -> HttpResponse:
    """Show what follows from the change that the query asks for; save it, when posted with the reason."""
    form = ChangeForm(request.GET)
    if not form.is_valid():
        return _list(request, form)
    asked = form.change_of(form.cleaned_data)
    try:
        preview = preview_change(list(form.cleaned_data["phases"]), asked)
    except ActRefused as refusal:
        form.add_error(None, str(refusal))
        return _list(request, form)
    kind = CloseNowForm if asked.act == Act.CLOSE_NOW else ReasonForm
    if request.method != "POST":
        return _preview(request, preview, kind(initial=_initial(preview)))
    return _save(request, preview, kind(request.POST))


def _save(request: AuthenticatedRequest, preview: Preview, form: ReasonForm) -> HttpResponse:
    if not form.is_valid():
        return _preview(request, preview, form, 400)
    phases, shown = [one.before for one in preview.effects], form.cleaned_data.pop("shown")
    try:
        done = change_phases(phases, preview.change, by=request.user, **form.cleaned_data)
    except PreviewOutdated as stale:
        again = type(form)(initial=_initial(preview) | {"reason": form.cleaned_data["reason"]})
        return _preview(request, preview, again, 409, stale=stale, news=preview.news(shown))
    except ActRefused as refusal:
        form.add_error(None, str(refusal))
        return _preview(request, preview, form, 409)
    count = len(done.preview.effects)
    what = "One phase was changed" if count == 1 else f"{count} phases were changed"
    told = f"The public log tells it; an announcement “{done.announcement}” is drafted, not sent."
    messages.success(
        request, f"{what}. {told if done.announcement else 'Nobody is told, as the edition is not listed.'}"
    )
    return redirect("organiser_phases:index")


def _initial(preview: Preview) -> dict[str, str]:
    return {"seen": fingerprint(preview), "shown": preview.shown}


def _preview(
    request: HttpRequest, preview: Preview, form: ReasonForm, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"preview": preview, "form": form, "act": Act(preview.change.act), **more}
    return render(request, "phases/change.html", context, status=status)


def _list(request: HttpRequest, form: ChangeForm) -> HttpResponse:
    phases = list(Phase.objects.select_related("track").order_by(*IN_ORDER))
    chosen = set(request.GET.getlist("phases"))
    context = {
        "form": form,
        "rows": [(phase, str(phase.pk) in chosen) for phase in phases],
        "overlaps": overlaps_among(phases, timezone.now()),
    }
    return render(request, "phases/index.html", context, status=400 if form.errors else 200)
