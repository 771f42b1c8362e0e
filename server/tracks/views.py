"""Organisers' pages of ground truth: all of it, one draft, its upload, publication and removal."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from server.accounts.decorators import organiser_page
from server.accounts.requests import AuthenticatedRequest
from server.acts import ActRefused, PreviewOutdated, fingerprint
from server.tracks import drafts
from server.tracks.draft_page import facts_of, list_rows
from server.tracks.models import GroundTruth, Track
from server.tracks.upload_form import ReasonForm, UploadForm
from server.upload_middleware import takes_archive


@organiser_page
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    tracks = list(Track.objects.select_related("edition"))
    several = len({track.edition_id for track in tracks}) > 1
    context = {"rows": list_rows(), "tracks": tracks, "several": several}
    return render(request, "tracks/ground_truth_list.html", context)


@takes_archive
@organiser_page
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: AuthenticatedRequest, track: str) -> HttpResponse:
    chosen = get_object_or_404(Track, slug=track)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*sent, track=chosen)
    if form.is_valid():
        return redirect(drafts.upload_draft(chosen, form, by=request.user))
    context = {"form": form, "track": chosen}
    return render(request, "tracks/upload.html", context, status=400 if form.errors else 200)


@organiser_page
@require_safe
def detail(request: HttpRequest, ground_truth: UUID) -> HttpResponse:
    return render(request, "tracks/ground_truth.html", facts_of(_row(ground_truth)))


@organiser_page
@require_safe
def live(request: HttpRequest, ground_truth: UUID) -> HttpResponse:
    return render(request, "tracks/ground_truth_live.html", facts_of(_row(ground_truth)))


@organiser_page
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: AuthenticatedRequest, ground_truth: UUID) -> HttpResponse:
    row = _row(ground_truth)
    if request.method != "POST":
        return _publish_page(request, row)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _publish_page(request, row, 400, form=form)
    try:
        rule = drafts.publish_draft(row, by=request.user, **form.cleaned_data)
    except PreviewOutdated as stale:
        return _publish_page(request, row, 409, stale=stale)
    except ActRefused:
        return _publish_page(request, row, 409)
    messages.success(request, f"{rule} is published.")
    return redirect(row)


def _publish_page(request: HttpRequest, row: GroundTruth, status: int = 200, **more: Any) -> HttpResponse:
    preview = drafts.preview_publication(row)
    form = ReasonForm(initial={"seen": fingerprint(preview)})
    context = {"ground_truth": row, "preview": preview, "form": form, **more}
    return render(request, "tracks/publish.html", context, status=status)


@organiser_page
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: AuthenticatedRequest, ground_truth: UUID) -> HttpResponse:
    row = _row(ground_truth)
    context: dict[str, Any] = {"ground_truth": row}
    try:
        preview = drafts.preview_removal(row)
        posted = request.POST if request.method == "POST" else None
        form = ReasonForm(posted, initial={"seen": fingerprint(preview)})
        if form.is_valid():
            drafts.remove_draft(row, by=request.user, **form.cleaned_data)
            messages.success(request, f"The draft {row} was removed, with its files.")
            return redirect("ground_truth:index")
    except ActRefused as refusal:
        return render(request, "tracks/remove.html", context | {"refusal": refusal}, status=409)
    context |= {"form": form, "preview": preview}
    return render(request, "tracks/remove.html", context, status=400 if form.errors else 200)


def _row(key: UUID) -> GroundTruth:
    return get_object_or_404(GroundTruth.objects.select_related("track", "created_by"), pk=key)
