"""What teams reached in each class: the page, and the same as a file."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from leaderboard.classes.page import ClassPage, NoSuchRow, class_page, may_see
from leaderboard.exports.build import class_table
from leaderboard.exports.formats import CLASS_FORMATS
from leaderboard.exports.views import file_of, format_of
from leaderboard.table import page as boards
from server.moments import NoMoment
from server.tracks.models import Phase


@require_safe
def classes(request: HttpRequest, track: str, phase: str) -> HttpResponse:
    chosen = _phase(track, phase)
    try:
        at = boards.asked_moment(request.GET)
        page = class_page(chosen, at, request.GET, request.user)
    except NoMoment as reason:
        return render(request, "refused.html", {"status": 400, "detail": str(reason)}, status=400)
    except NoSuchRow as reason:
        page = class_page(chosen, at, {}, request.user)
        return _page(request, page, refusal=str(reason), status=404)
    return _page(request, page)


def _page(request: HttpRequest, page: ClassPage, refusal: str = "", status: int = 200) -> HttpResponse:
    context = {
        "page": page,
        "phase": page.phase,
        "track": page.phase.track,
        "refusal": refusal,
        "veiled": not page.phase.shows_results(timezone.now()),
        "details_veiled": not page.phase.shows_details(timezone.now()),
        "may_see": may_see(page.phase, request.user),
    }
    return render(request, "leaderboard/classes/page.html", context, status=status)


@require_safe
def export_classes(request: HttpRequest, track: str, phase: str, extension: str) -> HttpResponse:
    """As everyone sees it, organisers too: a file travels."""
    chosen, wanted = _phase(track, phase), format_of(extension, CLASS_FORMATS)
    try:
        page = class_page(chosen, boards.asked_moment(request.GET), request.GET)
    except NoMoment as reason:
        return render(request, "refused.html", {"status": 400, "detail": str(reason)}, status=400)
    except NoSuchRow as reason:
        raise Http404(str(reason)) from reason
    if not page.teams:
        raise Http404("Nothing is shown here class by class.")
    return file_of(request, class_table(page), wanted)


def _phase(track: str, phase: str) -> Phase:
    chosen = get_object_or_404(Phase.objects.select_related("track"), track__slug=track, slug=phase)
    if not chosen.track.by_class:
        raise Http404("This track has no classes.")
    return chosen
