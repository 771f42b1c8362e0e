"""Statistics of a phase as CSV and SVG."""

from collections.abc import Iterator

from server.results.contents import File
from server.results.statistics import PhaseStatistics
from server.spreadsheets import csv_lines
from server.tracks.models import Phase

CSV = "text/csv; charset=utf-8; header=present"
HEADER = ("what", "which", "value")


def csv_of(found: PhaseStatistics) -> str:
    """A line per number: what it is, of which day, state or cause, and its value."""
    rows: list[tuple[object, ...]] = [("teams", "", found.teams), ("submissions", "", found.submissions)]
    rows += [("submissions by state", state, count) for state, count in found.states]
    rows += [("submissions a day", day.isoformat(), count) for day, count in found.days]
    rows += [("rejections by cause", code, count) for code, count in found.causes]
    rows += [("seconds to score", "median", found.median_seconds)]
    rows += [("seconds to score", "90th percentile", found.p90_seconds)]
    return "".join(csv_lines([HEADER, *rows]))


def files_of(phase: Phase, found: PhaseStatistics) -> Iterator[File]:
    stem = f"lid-{phase.track.slug}-{phase.slug}-statistics"
    yield File(f"{stem}.csv", "Statistics", "CSV", CSV, csv_of(found))
    if found.days:
        first, last = found.days[0][0], found.days[-1][0]
        title = f"LID Challenge, {phase.track.title}: {phase.title}, submissions a day"
        svg = found.figure.svg(title, f"{found.submissions} submissions from {first} to {last} (UTC)")
        yield File(f"{stem}.svg", "Statistics", "SVG", "image/svg+xml", svg)
