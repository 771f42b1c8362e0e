"""The final results that everyone may see now."""

from collections.abc import Collection

from django.db.models import QuerySet
from django.utils import timezone

from server.results.contents import content_now
from server.results.models import FinalResults
from server.tracks.models import Phase


def all_results() -> QuerySet[FinalResults]:
    return FinalResults.objects.select_related("phase__track")


def visible_results() -> list[FinalResults]:
    """All versions, but for those of phases that hide their results now: the newest of each phase first."""
    now = timezone.now()
    return [results for results in all_results() if results.phase.shows_results(now)]


def in_force(results: list[FinalResults]) -> list[FinalResults]:
    """The latest version of each phase, unless it was withdrawn."""
    latest: dict[int, FinalResults] = {}
    for each in sorted(results, key=lambda one: one.number):
        latest[each.phase_id] = each
    return [each for each in results if latest[each.phase_id] == each and not each.withdrawn_at]


def front_page_results(tracks: Collection[int]) -> list[FinalResults]:
    """Of each of these tracks, the results in force of the phase that closed last."""
    listed = [each for each in in_force(visible_results()) if each.phase.track_id in tracks]
    ordered = sorted(listed, key=lambda one: _close(one.phase))
    by_track = {each.phase.track_id: each for each in ordered}
    return sorted(by_track.values(), key=lambda one: one.phase.track.number)


def _close(phase: Phase) -> float:
    return phase.closes_at.timestamp() if phase.closes_at else float("inf")


def differs(results: FinalResults) -> bool:
    """Whether the live board says something else than these results do."""
    return not results.phase.track.scorer_error and content_now(results.phase) != results.board_content
