"""Organisers' pages of announcements: list, form, preview, history."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from server.accounts.decorators import organiser_page
from server.accounts.requests import AuthenticatedRequest
from server.acts import ActRefused, PreviewOutdated, fingerprint
from server.announcements import services
from server.announcements.exceptions import Discarded
from server.announcements.forms import AnnouncementForm
from server.announcements.models import Announcement
from server.markdown import as_html
from server.post_only import post_only

PER_PAGE = 50


@organiser_page
@require_safe
def index(request: AuthenticatedRequest) -> HttpResponse:
    sent = Announcement.objects.sent().select_related("sent_by")
    page = Paginator(sent, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "drafts": Announcement.objects.drafts().select_related("created_by"),
        "page": page,
        "history": [(announcement, services.delivery(announcement)) for announcement in page],
    }
    return render(request, "announcements/index.html", context)


@organiser_page
def new(request: AuthenticatedRequest) -> HttpResponse:
    form = AnnouncementForm(request.POST or None, initial={"teams": request.GET.getlist("team")})
    if form.is_valid():
        try:
            draft = services.draft_announcement(by=request.user, audience=form.audience(), **form.fields_said())
        except ActRefused as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            return redirect("announcements:one", draft.pk)
    return render(request, "announcements/form.html", {"form": form, "title": "New announcement"})


@organiser_page
def edit(request: AuthenticatedRequest, announcement: int) -> HttpResponse:
    draft = Announcement.objects.filter(pk=announcement).first()
    if draft is None or draft.sent_at:
        return _not_a_draft(request, draft)
    form = AnnouncementForm(request.POST or None, initial=AnnouncementForm.of(draft))
    if form.is_valid():
        seen, audience = request.POST.get("seen"), form.audience()
        try:
            services.edit_announcement(draft, by=request.user, audience=audience, seen=seen, **form.fields_said())
        except PreviewOutdated:
            form.add_error(
                None, "Somebody has changed this draft meanwhile. Open it again and repeat your change."
            )
        except ActRefused as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            return redirect("announcements:one", draft.pk)
    version = request.POST.get("seen") or services.version_of(draft)
    context = {"form": form, "title": "Edit the draft", "draft": draft, "seen": version}
    return render(request, "announcements/form.html", context)


@organiser_page
@require_safe
def one(request: AuthenticatedRequest, announcement: int) -> HttpResponse:
    """The preview of a draft, or what became of a sent one."""
    found = get_object_or_404(Announcement.objects.select_related("sent_by", "created_by"), pk=announcement)
    context: dict[str, object] = {"announcement": found, "html": as_html(found.text)}
    if found.sent_at:
        on_banner = Announcement.objects.on_banner().filter(pk=found.pk).exists()
        context |= {"delivery": services.delivery(found), "on_banner": on_banner}
        return render(request, "announcements/sent.html", context)
    try:
        preview = services.preview_announcement(found)
    except ActRefused as refusal:
        context |= {"refusal": str(refusal)}
    else:
        memberships = services.recipients_of_announcement(found).memberships
        context |= {"preview": preview, "memberships": memberships, "seen": fingerprint(preview)}
    return render(request, "announcements/preview.html", context)


def _page_of(announcement: int) -> str:
    return reverse("announcements:one", args=[announcement])


def _act(service: Callable[..., object], done: str, goes_to: str) -> Callable[..., HttpResponseBase]:
    """Return a view that calls the service with an announcement, says the outcome, and redirects."""

    @organiser_page
    @post_only(_page_of)
    def view(request: AuthenticatedRequest, announcement: int) -> HttpResponse:
        found = Announcement.objects.filter(pk=announcement).first()
        if found is None:
            return _not_a_draft(request, None)
        seen = {"seen": request.POST["seen"]} if "seen" in request.POST else {}
        try:
            service(found, by=request.user, **seen)
        except Discarded as refusal:
            messages.error(request, str(refusal))
            return redirect("announcements:index")
        except ActRefused as refusal:
            messages.error(request, str(refusal))
            return redirect(_page_of(announcement))
        messages.success(request, done)
        return redirect(goes_to) if ":" in goes_to else redirect(_page_of(announcement))

    return view


send = _act(services.send_announcement, "Sent: the mails are in the outbox and leave within seconds.", "")
discard = _act(services.discard_announcement, "The draft was discarded.", "announcements:index")
end_banner = _act(services.end_banner, "The banner is gone. The announcement stays on the site.", "")


def _not_a_draft(request: AuthenticatedRequest, announcement: Announcement | None) -> HttpResponse:
    """Lead whoever comes too late to what became of the draft."""
    if announcement is None:
        messages.error(request, str(Discarded()))
        return redirect("announcements:index")
    messages.error(request, "This announcement was sent and stays as it is. To correct it, write another one.")
    return redirect(_page_of(announcement.pk))
