"""The organisers' desk: what is to be done, on one page."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from server.accounts.decorators import organiser_page
from server.accounts.requests import AuthenticatedRequest
from server.acts import ActRefused
from server.alarms.models import Alarm
from server.desk import services
from server.desk.models import PutAway
from server.desk.sections import phases, sections
from server.desk.state import server_state
from server.outbox.models import OutboxEmail
from server.post_only import post_only
from server.submissions.models import Evaluation

HISTORY = 20  # alarms


def _desk_url(**_: object) -> str:
    return reverse("desk:desk")


@organiser_page
@require_safe
def desk(request: AuthenticatedRequest) -> HttpResponse:
    return render(request, "desk/desk.html", _context())


@organiser_page
@require_safe
def live(request: AuthenticatedRequest) -> HttpResponse:
    """The changing part of the page, fetched by its script."""
    return render(request, "desk/live.html", _context())


def _context() -> dict[str, object]:
    found = sections()
    return {
        "sections": found,
        "count": sum(len(section.lines) + section.more for section in found),
        "state": server_state(),
        "coming_up": phases.coming_up(timezone.now()),
        "alarms": Alarm.objects.exclude(over_at=None)[:HISTORY],
        "put_away": PutAway.objects.select_related("by"),
    }


@organiser_page
@post_only(_desk_url)
def run_again(request: AuthenticatedRequest, evaluation: str) -> HttpResponse:
    failed = get_object_or_404(Evaluation.objects.select_related("submission__team"), pk=evaluation)
    done = f"{failed.submission.team}: the evaluation is queued again."
    return _done(request, lambda: services.run_again(failed, by=request.user), done)


@organiser_page
@post_only(_desk_url)
def retry_mail(request: AuthenticatedRequest, mail: str) -> HttpResponse:
    stuck = get_object_or_404(OutboxEmail.objects.select_related("user"), pk=mail)
    done = f"The e-mail to {stuck.recipient} is sent again within seconds."
    return _done(request, lambda: services.retry_mail(stuck, by=request.user), done)


@organiser_page
@post_only(_desk_url)
def release_emails(request: AuthenticatedRequest) -> HttpResponse:
    return _end_hold(request, drop=False)


@organiser_page
@post_only(_desk_url)
def drop_emails(request: AuthenticatedRequest) -> HttpResponse:
    return _end_hold(request, drop=True)


def _end_hold(request: AuthenticatedRequest, *, drop: bool) -> HttpResponse:
    try:
        count = services.end_hold(by=request.user, drop=drop)
    except ActRefused as refusal:
        messages.error(request, str(refusal))
    else:
        waited = "1 e-mail that waited is" if count == 1 else f"{count} e-mails that waited are"
        done = "not sent" if drop else "sent within minutes"
        messages.success(request, f"{waited} {done}. All others are sent from now on.")
    return redirect("desk:desk")


@organiser_page
@post_only(_desk_url)
def put_away(request: AuthenticatedRequest) -> HttpResponse:
    key = request.POST.get("key", "")
    try:
        row = services.put_away(key, by=request.user)
    except ActRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Put away: {row.text}. It is listed at the end of this page.")
    return redirect("desk:desk")


@organiser_page
@post_only(_desk_url)
def show_again(request: AuthenticatedRequest, row: int) -> HttpResponse:
    found = PutAway.objects.filter(pk=row).first()
    if found is None:
        messages.info(request, "It is on the desk already: nothing was changed.")
        return redirect("desk:desk")
    done = f"On the desk again: {found.text}."
    return _done(request, lambda: services.show_again(found, by=request.user), done)


def _done(request: AuthenticatedRequest, act: Callable[[], object], done: str) -> HttpResponse:
    """Act, say what came of it, and lead back to the desk."""
    try:
        act()
    except ActRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("desk:desk")
