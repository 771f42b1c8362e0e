"""Atom feeds (RFC 4287) of new results: the rows of the boards, latest first."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import escape
from django.views.decorators.http import require_safe

from leaderboard.exports.build import public_row
from leaderboard.exports.table import plain
from leaderboard.ranking.standings import Standing, standings
from server.atom import Feed, feed_of, respond
from server.cross_origin import for_any_origin
from server.tracks.models import Phase
from server.tracks.visibility import visible_phases

MAX_ENTRIES = 50


class Result(NamedTuple):
    """A row of a board. `since`: when everyone could first see it."""

    phase: Phase
    row: Standing
    since: datetime


@for_any_origin
@require_safe
def all_results(request: HttpRequest) -> HttpResponse:
    """The feed of all boards."""
    phases = Phase.objects.listed().that_can_score().select_related("track")
    return _respond(request, "LID Challenge: new results", reverse("site:home"), phases)


@for_any_origin
@require_safe
def phase_results(request: HttpRequest, track: str, phase: str) -> HttpResponse:
    found = get_object_or_404(visible_phases(request), track__slug=track, slug=phase)
    return _respond(request, f"LID Challenge, {found}: new results", found.get_absolute_url(), [found])


def _respond(request: HttpRequest, title: str, page: str, phases: Iterable[Phase]) -> HttpResponse:
    feed = feed_of(request, plain(title), page)
    for result in _latest(phases):
        _add_entry(feed, result)
    return respond(request, feed)


def _latest(phases: Iterable[Phase]) -> list[Result]:
    shown = [Result(phase, row, _since(phase, row)) for phase in phases for row in standings(phase)]
    return sorted(shown, key=lambda result: (result.since, result.row.evaluation.pk), reverse=True)[:MAX_ENTRIES]


def _since(phase: Phase, row: Standing) -> datetime:
    """The time of its submission, or that at which hidden results were shown; not that of its scoring."""
    reveal: dict[str, datetime | None] = {
        Phase.Results.AFTER_CLOSE: phase.closes_at,
        Phase.Results.BY_ORGANISER: phase.results_shown_at,
    }
    received = row.submission.received_at
    return max(received, reveal.get(phase.results) or received).replace(microsecond=0)


def _add_entry(feed: Feed, result: Result) -> None:
    """The entry's id is that of the evaluation: a team's own key would reveal who uses a pseudonym."""
    phase, row, since = result
    public = public_row(row)
    numbers = [
        f"{metric.title} {metric.show_with_unit(row.evaluation.score(metric.key))}" for metric in row.columns
    ]
    marks = [str(mark) for mark in public.marks]
    rank = f"Rank {public.rank}" if public.rank else "Not ranked"
    feed.add_item(
        title=f"{public.team}: {numbers[0]} in {plain(str(phase))}",
        link=settings.SITE_URL + phase.get_absolute_url(),
        description=escape(f"{'. '.join([', '.join(numbers), rank, *marks])}."),  # readers take it for HTML
        author_name=public.team,
        unique_id=row.evaluation.pk.urn,
        pubdate=since,
        updateddate=since,
    )
