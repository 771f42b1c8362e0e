"""Organisers' pages: publishing final results, withdrawing them, paper packs."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from server.accounts.decorators import organiser_page
from server.accounts.requests import AuthenticatedRequest
from server.acts import ActRefused, add_refusal, fingerprint
from server.files import attachment
from server.post_only import post_only
from server.results import packs, publication
from server.results.forms import PhasesForm, PublishForm, ReasonForm
from server.results.models import PaperPack
from server.results.shown import all_results, differs, in_force
from server.tracks.models import Phase

PACKS_SHOWN = 50
form_page = require_http_methods(["GET", "HEAD", "POST"])


@organiser_page
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return _index(request, PhasesForm())


def _index(request: HttpRequest, form: PhasesForm) -> HttpResponse:
    results = list(all_results())
    newest = {each.phase_id: each for each in reversed(results)}
    chosen = set(request.GET.getlist("phases"))
    phases = Phase.objects.select_related("track").order_by("track", "opens_at", "pk")
    valid = {each.pk for each in in_force(results)}
    context = {
        "form": form,
        "rows": [(phase, newest.get(phase.pk), str(phase.pk) in chosen) for phase in phases],
        "changed": {each.pk for each in results if each.pk in valid and differs(each)},
        "packs": PaperPack.objects.prefetch_related("phases__track").select_related("created_by")[:PACKS_SHOWN],
        "days": packs.days_kept(),
    }
    return render(request, "organiser_results/index.html", context, status=400 if form.errors else 200)


@organiser_page
@form_page
def publish(request: AuthenticatedRequest) -> HttpResponse:
    """Show what publishing the results of the phases in the query does; do it, when posted with the reason."""
    chosen = PhasesForm(request.GET)
    if not chosen.is_valid():
        return _index(request, chosen)
    phases = list(chosen.cleaned_data["phases"])
    form = PublishForm(request.POST if request.method == "POST" else None)
    try:
        if form.is_valid():
            seen = request.POST.get("seen", "")
            made = publication.publish(phases, by=request.user, seen=seen, **form.cleaned_data)
            messages.success(request, f"Published: {', '.join(map(str, made))}.")
            return redirect("results:index")
    except ActRefused as refusal:
        add_refusal(form, refusal)
    try:
        preview = publication.preview_publication(phases)
    except ActRefused as refusal:
        chosen.add_error(None, str(refusal))
        return _index(request, chosen)
    return _preview(request, "organiser_results/publish.html", form, preview)


@organiser_page
@form_page
def withdraw(request: AuthenticatedRequest, results: int) -> HttpResponse:
    found = get_object_or_404(all_results(), pk=results)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    try:
        if form.is_valid():
            seen = request.POST.get("seen", "")
            publication.withdraw_results(found, by=request.user, seen=seen, **form.cleaned_data)
            messages.success(request, f"Withdrawn: {found}.")
            return redirect("organiser_results:index")
    except ActRefused as refusal:
        add_refusal(form, refusal)
    try:
        preview = publication.preview_withdrawal(found)
    except ActRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("organiser_results:index")
    return _preview(request, "organiser_results/withdraw.html", form, preview, results=found)


def _preview(
    request: HttpRequest, template: str, form: ReasonForm, preview: object, **more: object
) -> HttpResponse:
    context = {"form": form, "preview": preview, "seen": fingerprint(preview), **more}
    return render(request, template, context, status=400 if form.errors else 200)


def _list(**keys: object) -> str:
    return reverse("organiser_results:index")


@organiser_page
@form_page
def make_pack(request: AuthenticatedRequest) -> HttpResponse:
    """Show what a pack about the phases in the query would be; have it made, when posted."""
    form = PhasesForm(request.GET)
    try:
        if form.is_valid():
            phases = list(form.cleaned_data["phases"])
            context = {"what": packs.check_pack(phases), "days": packs.days_kept()}
            if request.method != "POST":
                return render(request, "organiser_results/make_pack.html", context)
            packs.request_pack(phases, by=request.user)
            messages.success(request, "A worker makes the paper pack. Reload this page in a moment.")
            return redirect("organiser_results:index")
    except ActRefused as refusal:
        form.add_error(None, str(refusal))
    return _index(request, form)


@organiser_page
@post_only(_list)
def download_pack(request: AuthenticatedRequest, pack: UUID) -> HttpResponseBase:
    found = get_object_or_404(PaperPack, pk=pack)
    try:
        path = packs.download_pack(found, by=request.user)
    except ActRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("organiser_results:index")
    return attachment(path, packs.file_name(found), "application/zip")


@organiser_page
@post_only(_list)
def delete_pack(request: AuthenticatedRequest, pack: UUID) -> HttpResponse:
    try:
        packs.delete_as_organiser(get_object_or_404(PaperPack, pk=pack), by=request.user)
        messages.success(request, "The paper pack was deleted.")
    except ActRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("organiser_results:index")
