"""Public pages: final results, their versions and files, and the statistics of a phase."""

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from leaderboard.decorators import phase_page
from server.conditional import unless_known
from server.cross_origin import for_any_origin
from server.results.models import FinalResults, ResultsFile
from server.results.shown import all_results, differs, in_force, visible_results
from server.results.statistics import public_statistics
from server.results.statistics_files import files_of
from server.tracks.models import Phase


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    listed = in_force(visible_results())
    return render(request, "results/index.html", {"listed": [(results, differs(results)) for results in listed]})


@require_safe
def latest(request: HttpRequest, track: str, phase: str) -> HttpResponse:
    """The phase's newest version, which may have been withdrawn."""
    return _page(request, _visible(track, phase)[0])


@require_safe
def version(request: HttpRequest, track: str, phase: str, number: int) -> HttpResponse:
    return _page(request, _numbered(track, phase, number))


@for_any_origin
@require_safe
def file(request: HttpRequest, track: str, phase: str, number: int, name: str) -> HttpResponse:
    """A file as it was frozen.."""
    found = get_object_or_404(ResultsFile, results=_numbered(track, phase, number), name=name)
    headers = {
        "Content-Disposition": f'attachment; filename="{found.name}"',
        "Cache-Control": "public, no-cache",  # its phase may hide its results again
        "ETag": f'"{found.sha256}"',
    }
    response = HttpResponse(found.content.encode(), content_type=found.content_type, headers=headers)
    return unless_known(request, response)


@phase_page
def statistics(request: HttpRequest, phase: Phase, at: datetime | None) -> HttpResponse:
    found, reason = public_statistics(phase)
    files = [file.name.rpartition(".")[2] for file in files_of(phase, found)] if found else []
    context = {"phase": phase, "track": phase.track, "found": found, "reason": reason, "files": files}
    return render(request, "results/statistics.html", context)


@for_any_origin
@phase_page
def statistics_file(request: HttpRequest, phase: Phase, at: datetime | None, extension: str) -> HttpResponse:
    found, reason = public_statistics(phase)
    files = files_of(phase, found) if found else iter(())
    chosen = next((file for file in files if file.name.endswith(f".{extension}")), None)
    if chosen is None:
        raise Http404(reason)
    headers = {"Content-Disposition": f'attachment; filename="{chosen.name}"'}
    return HttpResponse(chosen.content, content_type=chosen.content_type, headers=headers)


def _visible(track: str, phase: str) -> list[FinalResults]:
    """All versions, the newest first. Raises Http404 where there are none, or the phase hides its results now."""
    rows = all_results().filter(phase__track__slug=track, phase__slug=phase).order_by("-number")
    found = list(rows)
    if not found or not found[0].phase.shows_results(timezone.now()):
        raise Http404("This phase has no final results.")
    return found


def _numbered(track: str, phase: str, number: int) -> FinalResults:
    found = next((each for each in _visible(track, phase) if each.number == number), None)
    if found is None:
        raise Http404("The final results have no such version.")
    return found


def _page(request: HttpRequest, results: FinalResults) -> HttpResponse:
    phase = results.phase
    versions = list(FinalResults.objects.filter(phase=phase).order_by("-number"))
    context = {
        "results": results,
        "phase": phase,
        "track": phase.track,
        "versions": versions,
        "newest": versions[0],
        "differs": versions[0] == results and not results.withdrawn_at and differs(results),
        "files": results.files.order_by("pk"),
    }
    return render(request, "results/results.html", context)
