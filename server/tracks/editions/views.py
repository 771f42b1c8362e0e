"""Organisers' pages of editions: all of them, one, the next one, and the rules of a track."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from server.accounts.decorators import organiser_page
from server.accounts.requests import AuthenticatedRequest
from server.acts import ActRefused
from server.tracks.editions.confirmation import confirm
from server.tracks.editions.deletion import delete_edition, preview_deletion
from server.tracks.editions.forms import OpeningForms, StartForm, rules_formset
from server.tracks.editions.listing import (
    ListingPreview,
    list_edition,
    preview_listing,
    preview_unlisting,
    unlist_edition,
)
from server.tracks.editions.opening import open_edition, preview_opening
from server.tracks.editions.readiness import outdated_texts, splits_without_truth
from server.tracks.editions.rules import change_rules, preview_rules
from server.tracks.models import Edition, Track

LABELS = {list_edition: "List it", unlist_edition: "Unlist it", delete_edition: "Delete it"}
DONE = {list_edition: "is listed", unlist_edition: "is no longer listed", delete_edition: "was deleted"}
form_page = require_http_methods(["GET", "HEAD", "POST"])


@organiser_page
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return _index(request, StartForm())


def _index(request: HttpRequest, form: StartForm) -> HttpResponse:
    editions = Edition.objects.prefetch_related("tracks__phases")
    rows = [(edition, splits_without_truth(edition)) for edition in editions]
    context = {"rows": rows, "form": form, "current": Edition.objects.current()}
    return render(request, "tracks/editions/index.html", context, status=400 if form.errors else 200)


@organiser_page
@form_page
def open_next(request: AuthenticatedRequest) -> HttpResponse:
    """The forms of the next edition; what would be created, once they are sent; the act, once it is confirmed."""
    start = StartForm(request.GET)
    if not start.is_valid():
        return _index(request, start)
    asked = start.cleaned_data
    forms = OpeningForms(asked["copy"], asked["title"], asked["starts_on"], request.POST or None)
    context: dict[str, Any] = {"forms": forms, "source": asked["copy"]}
    if request.method != "POST":
        return render(request, "tracks/editions/open.html", context)
    if not forms.is_valid():
        return render(request, "tracks/editions/open.html", context | {"invalid": True}, status=400)
    plan = forms.plan()
    preview = preview_opening(plan)
    last = confirm(request, preview, partial(open_edition, plan, by=request.user))
    if not last.done:
        context |= {"preview": preview, "last": last}
        return render(request, "tracks/editions/open.html", context, status=last.status)
    messages.success(request, f"{plan.edition} was created. Nobody but organisers sees it until you list it.")
    return redirect("editions:detail", plan.edition.slug)


@organiser_page
@require_safe
def detail(request: HttpRequest, edition: str) -> HttpResponse:
    found = get_object_or_404(Edition.objects.prefetch_related("tracks__phases__track"), slug=edition)
    others = Edition.objects.exclude(pk=found.pk).values_list("title", flat=True)
    context = {
        "edition": found,
        "current": Edition.objects.current(),
        "missing": splits_without_truth(found),
        "outdated": [] if found.is_listed else outdated_texts(found.tracks.all(), others),
    }
    return render(request, "tracks/editions/detail.html", context)


@organiser_page
@form_page
def list_(request: AuthenticatedRequest, edition: str) -> HttpResponse:
    return _listing(request, edition, preview_listing, list_edition)


@organiser_page
@form_page
def withdraw(request: AuthenticatedRequest, edition: str) -> HttpResponse:
    return _listing(request, edition, preview_unlisting, unlist_edition)


@organiser_page
@form_page
def delete(request: AuthenticatedRequest, edition: str) -> HttpResponse:
    return _listing(request, edition, preview_deletion, delete_edition)


def _listing(
    request: AuthenticatedRequest,
    slug: str,
    preview_of: Callable[[Edition], ListingPreview],
    act: Callable[..., None],
) -> HttpResponse:
    """The page of an act on an edition: what follows, then the reason."""
    edition = get_object_or_404(Edition, slug=slug)
    context: dict[str, Any] = {"edition": edition, "label": LABELS[act]}
    try:
        preview = preview_of(edition)
    except ActRefused as refusal:
        return render(request, "tracks/editions/listing.html", context | {"refusal": refusal}, status=409)
    last = confirm(request, preview, partial(act, edition, by=request.user))
    if last.done:
        messages.success(request, f"{edition} {DONE[act]}.")
        return redirect("editions:index") if act == delete_edition else redirect("editions:detail", slug)
    context |= {"preview": preview, "form": last.form, "refusal": last.refusal}
    return render(request, "tracks/editions/listing.html", context, status=last.status)


@organiser_page
@form_page
def rules(request: AuthenticatedRequest, track: str) -> HttpResponse:
    """The rules of a track as rows; what changes, once they are sent; the act, once that is confirmed."""
    found = get_object_or_404(Track.objects.select_related("edition"), slug=track)
    formset = rules_formset(found, request.POST or None)
    context: dict[str, Any] = {"track": found, "formset": formset}
    if request.method != "POST":
        return render(request, "tracks/editions/rules.html", context)
    if not formset.is_valid():
        return render(request, "tracks/editions/rules.html", context, status=400)
    try:
        preview = preview_rules(found, formset.rules)
    except ActRefused as refusal:
        return render(request, "tracks/editions/rules.html", context | {"refusal": refusal}, status=409)
    last = confirm(request, preview, partial(change_rules, found, formset.rules, by=request.user))
    if not last.done:
        context |= {"preview": preview, "form": last.form, "refusal": last.refusal}
        return render(request, "tracks/editions/rules.html", context, status=last.status)
    messages.success(request, f"The rules of {found.short_title} were changed.")
    return redirect("editions:detail", found.edition.slug)
