"""The organisers' pages of re-scores. Every rule is in the services; a refusal is shown as it is raised."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from server.accounts.decorators import organiser_page
from server.accounts.requests import AuthenticatedRequest
from server.acts import ActRefused, checked_reason, fingerprint
from server.post_only import post_only
from server.rescores import publication, services
from server.rescores.comparison import PICTURE_KINDS
from server.rescores.dry_run import progress_of
from server.rescores.forms import DropForm, PublishForm, StartForm
from server.rescores.models import Rescore
from server.rescores.table import changes_of
from server.rescores.table_csv import lines_of
from server.tracks.drafts import pack_again
from server.tracks.models import GroundTruth, ScoringRule, rule_of
from server.tracks.upload_form import OptionsForm

Made = TypeVar("Made")
form_page = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class SplitRow:
    """A split with scored submissions: its rule, and the packed ground truths that could replace it."""

    rule: ScoringRule
    rescore: Rescore | None
    candidates: list[GroundTruth]


@organiser_page
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    rescores = Rescore.objects.select_related("track", "created_by")
    return render(request, "rescores/index.html", {"splits": list(_splits()), "rescores": rescores[:50]})


def _splits() -> Iterator[SplitRow]:
    published = ScoringRule.objects.filter(state=ScoringRule.State.PUBLISHED, evaluations__isnull=False).distinct()
    for rule in published.select_related("track", "ground_truth").order_by("track", "split"):
        ready = GroundTruth.objects.filter(track=rule.track, split=rule.split, state=GroundTruth.State.READY)
        yield SplitRow(
            rule,
            Rescore.objects.under_way().filter(track=rule.track, split=rule.split).first(),
            list(ready.exclude(pack_sha256=rule.ground_truth.pack_sha256)),
        )


@organiser_page
@form_page
def start(request: AuthenticatedRequest, ground_truth: UUID) -> HttpResponse:
    """Choose the phases whose submissions are tried."""
    chosen = get_object_or_404(GroundTruth.objects.select_related("track"), pk=ground_truth)
    offered = services.offered_phases(chosen)
    first = {"ground_truth": chosen.pk, "phases": offered, "scope": Rescore.Scope.ALL}
    form = StartForm(_sent(request, ground_truth=str(chosen.pk)), initial=first)
    form.offer(offered)
    form.fields["ground_truth"].widget = forms.HiddenInput()

    def act() -> Rescore:
        phases = list(form.cleaned_data["phases"])
        return services.start(ground_truth=chosen, phases=phases, choice=form.choice(), by=request.user)

    if started := _done(form, act):
        messages.success(request, "The dry run has begun. Leaderboards, slots and mails stay as they are.")
        return redirect(started)
    try:
        preview, refusal = services.preview_start(chosen, offered), ""
    except ActRefused as reason:
        preview, refusal = None, str(reason)
    context = {"form": form, "ground_truth": chosen, "preview": preview, "refusal": refusal}
    return render(request, "rescores/start.html", context, status=400 if form.errors else 200)


@organiser_page
@form_page
def options(request: AuthenticatedRequest, rule: int) -> HttpResponse:
    """Pack the present ground truth again, with other options or for the present version of the scorer."""
    present = get_object_or_404(ScoringRule.objects.select_related("track", "ground_truth"), pk=rule)
    form = OptionsForm(_sent(request), track=present.track, present=present.options)
    if _done(form, lambda: pack_again(present.ground_truth, form.options, by=request.user)):
        messages.success(request, "A worker packs the ground truth again. It is offered here once it is ready.")
        return redirect("rescores:index")
    context = {"form": form, "rule": present, "present_version": present.track.description.version}
    return render(request, "rescores/options.html", context, status=400 if form.errors else 200)


@organiser_page
@require_safe
def rescore(request: HttpRequest, rescore: UUID) -> HttpResponse:
    """How far the dry run is, what differs, and the table of scores."""
    found = _rescore(rescore)
    under_way = found.state == Rescore.State.OPEN
    context = {
        "rescore": found,
        "under_way": under_way,
        "progress": progress_of(found) if under_way else None,
        "changes": changes_of(found, publication.choosable_phases(found)) if under_way else {},
        "differences": found.differences,
        "changed": _pictured(found),
        "followed": [(phase, rule_of(phase)) for phase in found.phases.select_related("track")],
    }
    return render(request, "rescores/rescore.html", context)


def _pictured(found: Rescore) -> list[dict[str, object]]:
    """The changed images with their pictures, as far as there are any."""
    images = (found.differences or {}).get("changed", [])
    number = (found.differences or {}).get("pictures", 0)
    return [image | {"pictures": PICTURE_KINDS if at < number else ()} for at, image in enumerate(images[:100])]


@organiser_page
@require_safe
def table(request: HttpRequest, rescore: UUID) -> StreamingHttpResponse:
    """The table as CSV."""
    found = _rescore(rescore)
    headers = {"Content-Disposition": f'attachment; filename="re-score-{found.track.slug}-{found.number}.csv"'}
    return StreamingHttpResponse(lines_of(found), content_type="text/csv; charset=utf-8", headers=headers)


@organiser_page
@require_safe
def picture(request: HttpRequest, rescore: UUID, number: int, kind: str) -> FileResponse:
    """A picture of ground truth: for organisers only, and kept by no browser or proxy."""
    path = _rescore(rescore).folder / f"{number}-{kind}.png"
    if kind not in PICTURE_KINDS or not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), content_type="image/png", headers={"Cache-Control": "no-store, private"})


def page_of(rescore: UUID) -> str:
    return reverse("rescores:rescore", args=[rescore])


@organiser_page
@post_only(page_of)
def again(request: AuthenticatedRequest, rescore: UUID) -> HttpResponse:
    """Run the failed evaluations again."""
    return _at_once(
        request, rescore, lambda found: f"{services.run_failed_again(found, by=request.user)} queued again."
    )


@organiser_page
@post_only(page_of)
def include_all(request: AuthenticatedRequest, rescore: UUID) -> HttpResponse:
    """Score all submissions, not only those that stand."""
    return _at_once(
        request, rescore, lambda found: f"{services.include_all(found, by=request.user)} more are queued."
    )


@organiser_page
@form_page
def publish(request: AuthenticatedRequest, rescore: UUID) -> HttpResponse:
    """Choose phases and reason, read what follows, and confirm it."""
    found = _rescore(rescore)
    offered = publication.choosable_phases(found)
    first = {"phases": [phase for phase in offered if phase.status != "closed"]}
    form, preview = PublishForm(_sent(request), initial=first), None
    form.fields["phases"].queryset = form.fields["phases"].queryset.filter(pk__in=[one.pk for one in offered])  # type: ignore[attr-defined]
    if form.is_bound and form.is_valid():
        phases, reason = list(form.cleaned_data["phases"]), form.cleaned_data["reason"]
        try:
            checked_reason(reason)
            preview = publication.preview_publication(found, phases)
            if seen := request.POST.get("seen"):
                publication.publish(found, phases, reason=reason, by=request.user, seen=seen)
                messages.success(request, "Published. The leaderboards show the new scores; the teams get a mail.")
                return redirect(found)
        except ActRefused as refusal:
            form.add_error(refusal.field, str(refusal))
    context = {"form": form, "rescore": found, "preview": preview, "seen": fingerprint(preview) if preview else ""}
    return render(request, "rescores/publish.html", context, status=400 if form.errors else 200)


@organiser_page
@form_page
def drop(request: AuthenticatedRequest, rescore: UUID) -> HttpResponse:
    found, form = _rescore(rescore), DropForm(_sent(request))

    def act() -> bool:
        services.drop(found, by=request.user, reason=form.cleaned_data["reason"])
        return True

    if _done(form, act):
        messages.success(request, "Dropped. Nothing has changed.")
        return redirect("rescores:index")
    return render(
        request, "rescores/drop.html", {"form": form, "rescore": found}, status=400 if form.errors else 200
    )


def _rescore(key: UUID) -> Rescore:
    rows = Rescore.objects.select_related("track", "created_by", "old_rule__ground_truth", "rule__ground_truth")
    return get_object_or_404(rows, pk=key)


def _sent(request: HttpRequest, **facts: str) -> QueryDict | None:
    """What the form was sent with, also where that is nothing; None where it is only shown."""
    if request.method != "POST":
        return None
    sent = request.POST.copy()
    sent.update(facts)
    return sent


def _done(form: forms.Form, act: Callable[[], Made]) -> Made | None:
    """What the act returns; None where the form is empty or wrong, or says why the act is refused."""
    if not form.is_bound or not form.is_valid():
        return None
    try:
        return act()
    except ActRefused as refusal:
        form.add_error(refusal.field, str(refusal))
        return None


def _at_once(request: AuthenticatedRequest, key: UUID, act: Callable[[Rescore], str]) -> HttpResponse:
    found = _rescore(key)
    try:
        messages.success(request, act(found))
    except ActRefused as refusal:
        messages.error(request, str(refusal))
    return redirect(found)
