"""What final results freeze of a board: winners, files, and a name of all that the board says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from hashlib import sha256

from django.conf import settings

from leaderboard.cache.cache import board_cache
from leaderboard.cache.version import version_of
from leaderboard.curves.board_curves import ranked_curves
from leaderboard.exports.build import board_table, curve_table, significance_table
from leaderboard.exports.formats import CURVE_FORMATS, SIGNIFICANCE_FORMATS, TABLE_FORMATS, AnyTable, Format
from leaderboard.exports.table import CurveTable, SignificanceTable, Table
from leaderboard.figures.axes import Axes
from leaderboard.intervals.queries import BoardIntervals, intervals_of, with_intervals
from leaderboard.ranking.snapshot import Snapshot, snapshot_of
from leaderboard.ranking.standings import Standing, standings_from
from leaderboard.significance.matrix import significance_map
from server.tracks.models import Phase

WINNING_RANKS = 3


@dataclass(frozen=True)
class Winner:
    """A row of the first three ranks as the board shows it; links only where it shows the team's own name."""

    rank: int
    rank_text: str
    team: str
    affiliation: str
    method: str
    score: str
    interval: tuple[str, str] | None
    marks: tuple[str, ...]
    code_url: str
    paper_url: str
    project_url: str


@dataclass(frozen=True)
class File:
    """A file of a board: `title` is its format."""

    name: str
    group: str
    title: str
    content_type: str
    content: str

    @property
    def sha256(self) -> str:
        return sha256(self.content.encode()).hexdigest()


@dataclass(frozen=True)
class BoardNow:
    """A phase's board, read once, from which winners and files are made. `suffix`: of file names and titles."""

    phase: Phase
    snapshot: Snapshot | None
    rows: Sequence[Standing]
    intervals: BoardIntervals | None
    url: str = ""
    suffix: str = ""
    title: str = ""

    @cached_property
    def table(self) -> Table:
        """The board's table, under the name, title and address of what it is frozen as."""
        return self._named(board_table(self.phase, self.rows, None))

    @property
    def content(self) -> str:
        return board_table(self.phase, self.rows, None).content

    @property
    def ranked(self) -> list[Standing]:
        return [row for row in self.rows if row.rank is not None]

    @property
    def curves(self) -> CurveTable | None:
        """The curves of all ranked rows with their bands; None where the track has none."""
        axes = Axes.of(self.phase.track.description)
        curves = ranked_curves(self.snapshot, self.rows, with_bands=True) if self.snapshot else []
        if axes is None or not curves:
            return None
        return curve_table(self.table, self.rows, axes, curves)

    @property
    def significance(self) -> SignificanceTable | None:
        """The significance map; None where the intervals do not allow one."""
        if self.intervals is None or not self.intervals.current or self.intervals.withheld:
            return None
        pairs = self.intervals.pairs_among([row.evaluation.pk for row in self.rows])
        drawn = significance_map(self.rows, pairs)
        return self._named(significance_table(self.phase, None, drawn)) if drawn else None

    def files(self) -> Iterator[File]:
        yield from _written(self.table, TABLE_FORMATS)
        if curves := self.curves:
            yield from _written(curves, CURVE_FORMATS)
        if significance := self.significance:
            yield from _written(significance, SIGNIFICANCE_FORMATS)

    def winners(self) -> list[Winner]:
        return [_winner(row) for row in self.ranked if (row.rank or 0) <= WINNING_RANKS]

    def _named(self, table: AnyTable) -> AnyTable:
        metadata = table.metadata | ({"page": f"{settings.SITE_URL}{self.url}"} if self.url else {})
        return replace(
            table, name=f"{table.name}{self.suffix}", title=f"{table.title}{self.title}", metadata=metadata
        )


def board_now(phase: Phase, *, include_hidden: bool = False) -> BoardNow:
    """The phase's board as everyone sees it now; `include_hidden`: as organisers do while results are hidden."""
    snapshot = snapshot_of(phase, None, include_hidden=include_hidden)
    rows = standings_from(snapshot) if snapshot else []
    intervals = intervals_of(phase, rows)
    return BoardNow(phase, snapshot, with_intervals(rows, intervals), intervals)


def content_now(phase: Phase) -> str:
    """A name of all that the phase's public board says now; equal where nothing changed."""
    return board_cache.get(("content", phase.pk), version_of(phase), partial(_content, phase))


def _content(phase: Phase) -> str:
    return board_now(phase).content


def _written(table: AnyTable, formats: Sequence[Format[AnyTable]]) -> Iterator[File]:
    for each in formats:
        name = f"{table.name}.{each.extension}"
        yield File(name, each.group, each.name, each.content_type, each.write(table))


def _winner(row: Standing) -> Winner:
    metric, score = row.values[0]
    interval = row.interval.metrics.get(metric.key) if row.interval else None
    span = row.interval.rank if row.interval else None
    links = ("", "", "") if row.pseudonymous else _links(row)
    return Winner(
        row.rank or 0,
        f"{row.rank} ({span.low}–{span.high})" if span and span.low != span.high else str(row.rank),
        row.name,
        row.affiliation,
        row.method,
        score,
        interval.texts if interval else None,
        tuple(mark.get_verdict_display() for mark in row.marks),
        *links,
    )


def _links(row: Standing) -> tuple[str, str, str]:
    submission = row.submission
    return submission.code_url, submission.paper_url, submission.project_url
