"""What the significance page and its SVG show of a board, or why they show no map; kept by the board's version."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.template.loader import render_to_string
from django.urls import reverse

from leaderboard.cache.cache import board_cache
from leaderboard.cache.version import version_of
from leaderboard.intervals.queries import BoardIntervals, intervals_of, with_intervals
from leaderboard.ranking.standings import Standing, standings
from leaderboard.significance.matrix import SignificanceMap, significance_map
from leaderboard.significance.words import BestTeams, TeamInWords, best_teams, in_words
from server.time_format import at_query
from server.tracks.models import Phase

NO_INTERVALS = "No confidence intervals are computed for this board, or not yet."
OF_ANOTHER_TIME = (
    "Confidence intervals are kept for the board as it is now; of the board of that time there are none."
)
OUTDATED = "The board has changed: the comparison of its teams is being computed."
TOO_FEW = "Fewer than two teams are ranked: there is nothing to compare."


@dataclass(frozen=True)
class Significance:
    """The map of a board with its sentences; `reason` says why there is none."""

    map: SignificanceMap | None = None
    html: str = ""  # of the map
    reason: str = ""
    best: BestTeams | None = None
    words: tuple[TeamInWords, ...] = ()
    warnings: tuple[str, ...] = ()


def significance_of(phase: Phase, at: datetime | None) -> Significance:
    """Of the board of a past time, or of the present one from the cache."""
    if at:
        return _significance(phase, at)
    return board_cache.get(("significance", phase.pk), version_of(phase), partial(_significance, phase, None))


def _significance(phase: Phase, at: datetime | None) -> Significance:
    rows = standings(phase, at=at)
    intervals = intervals_of(phase, rows, at=at)
    reason = _reason(rows, intervals, at)
    if intervals is None or reason:
        return Significance(reason=reason)
    drawn = significance_map(rows, intervals.pairs_among([row.evaluation.pk for row in rows]))
    if drawn is None:
        return Significance(reason=TOO_FEW)
    words, html = tuple(in_words(drawn)), _html(phase, at, drawn)
    return Significance(drawn, html, "", best_teams(with_intervals(rows, intervals)), words, intervals.warnings)


def _html(phase: Phase, at: datetime | None, drawn: SignificanceMap) -> str:
    url = reverse("leaderboard:compare", args=[phase.track.slug, phase.slug])
    compare = f"{url}{at_query(at)}&" if at else f"{url}?"
    return render_to_string("leaderboard/significance/map.html", {"map": drawn, "compare": compare})


def _reason(rows: list[Standing], intervals: BoardIntervals | None, at: datetime | None) -> str:
    """Why nothing is said of pairs; empty where it is."""
    if sum(row.rank is not None for row in rows) < 2:
        return TOO_FEW
    if intervals is None:
        return OF_ANOTHER_TIME if at else NO_INTERVALS
    return intervals.withheld if intervals.current else OUTDATED
