"""Builds the Tables that all exports are written from: boards, classes and the paper's tables."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from evaluator.contract import Metric
from leaderboard.classes.page import ClassPage
from leaderboard.curves.board_curves import key_of
from leaderboard.exports.lid2020_paper import CITATION, PAPER, TITLE, PublishedTable
from leaderboard.exports.table import (
    DASH,
    PAPER_NAME_COLUMNS,
    ClassTable,
    Column,
    Curve,
    CurveTable,
    Mark,
    Row,
    SignificanceTable,
    Table,
    plain,
)
from leaderboard.figures import curve as figures
from leaderboard.figures.axes import Axes
from leaderboard.figures.curve import WHOLE, Window
from leaderboard.ranking.as_of import rule_for
from leaderboard.ranking.standings import Standing
from leaderboard.significance.matrix import SignificanceMap
from server.time_format import at_query, format_iso
from server.tracks.models import Phase, ScoringRule


def board_table(phase: Phase, rows: Sequence[Standing], at: datetime | None) -> Table:
    """The board as readers see it now, or saw it at that past time."""
    rule = rule_for(phase, at)
    return Table(
        name=f"lid-{phase.track.slug}-{phase.slug}",
        title=plain(f"LID Challenge, {phase.track.title}: {phase.title}"),
        columns=tuple(map(Column.of, phase.track.description.columns)),
        rows=tuple(map(public_row, rows)),
        metadata=_phase_metadata(phase, at) | (_rule_metadata(rule) if rule else {}),
        as_of=format_iso(at or timezone.now()),
    )


def curve_table(
    board: Table, rows: Sequence[Standing], axes: Axes, curves: Sequence[figures.Curve], window: Window = WHOLE
) -> CurveTable:
    """The board of these rows with these curves of them."""
    drawn = {curve.key: curve for curve in curves}
    keys = [key_of(row.evaluation) for row in rows]
    with_curve = [(row, drawn[key]) for row, key in zip(board.rows, keys, strict=True) if key in drawn]
    return CurveTable(
        board.name,
        board.title,
        board.columns,
        board.rows,
        board.metadata,
        as_of=board.as_of,
        axes=axes,
        curves=tuple(_curve(axes.y, row, curve) for row, curve in with_curve),
        window=window,
    )


def paper_table(published: PublishedTable) -> Table:
    """A table of the paper; this server scored none of its rows, so it has neither time nor rule."""
    return Table(
        name=f"lid-2020-table-{published.number}",
        title=f"{TITLE}, {published.name}: {published.title}",
        columns=tuple(
            Column(title.lower().replace(" ", "_").replace("-", "_"), title, unit)
            for title, unit in zip(published.columns, published.units, strict=True)
        ),
        rows=tuple(
            Row(rank, row.team, "" if row.affiliation == DASH else row.affiliation, row.values)
            for rank, row in enumerate(published.rows, 1)
        ),
        metadata={
            "page": f"{settings.SITE_URL}{reverse('leaderboard:archive')}#table-{published.number}",
            "source": PAPER,
            "note": "As published; no file stands behind these rows and this server scored none of them",
        },
        citation=CITATION,
        name_columns=PAPER_NAME_COLUMNS,
    )


def class_table(page: ClassPage) -> ClassTable:
    """The classes as the page shows them: its teams, its order, its search."""
    rule = rule_for(page.phase, page.at)
    url = reverse("leaderboard:classes", args=[page.phase.track.slug, page.phase.slug])
    return ClassTable(
        name=f"lid-{page.phase.track.slug}-{page.phase.slug}-classes",
        title=plain(f"LID Challenge, {page.phase.track.title}: {page.phase.title}, class by class"),
        columns=(Column.of(page.metric),),
        rows=tuple(map(public_row, page.teams)),
        metadata=_phase_metadata(page.phase, page.at)
        | {"page": f"{settings.SITE_URL}{url}?{page.query}"}
        | (_rule_metadata(rule) if rule else {}),
        as_of=format_iso(page.at or timezone.now()),
        classes=tuple(page.rows),
    )


def significance_table(phase: Phase, at: datetime | None, found: SignificanceMap) -> SignificanceTable:
    """The map of the board as its page shows it."""
    board = board_table(phase, (), at)
    url = reverse("leaderboard:significance", args=[phase.track.slug, phase.slug])
    return SignificanceTable(
        name=f"{board.name}-significance",
        title=board.title,
        columns=board.columns,
        rows=(),
        metadata=board.metadata | {"page": f"{settings.SITE_URL}{url}{at_query(at)}"},
        as_of=board.as_of,
        map=found,
    )


def public_row(row: Standing) -> Row:
    """What a board shows of a row, and no more."""
    marks = [
        Mark(mark.get_verdict_display(), plain(mark.reason) if mark == row.disqualified else "")
        for mark in row.marks
    ]
    rank_interval = row.interval and row.interval.rank
    return Row(
        rank=row.rank,
        team=plain(row.name),
        affiliation=plain(row.affiliation),
        values=tuple(printed for _, printed in row.values),
        submitted_at=format_iso(row.submission.received_at),
        parameters=row.parameters,
        intervals=tuple(_ends(row, metric.key) for metric in row.columns) if row.interval else (),
        rank_interval=(rank_interval.low, rank_interval.high) if rank_interval else None,
        may_be_best=rank_interval.may_be_best if rank_interval else None,
        ranks=tuple(row.metric_ranks.items()),
        marks=tuple(marks + [Mark("pseudonym")] * row.pseudonymous),
    )


def _ends(row: Standing, metric: str) -> tuple[str, str]:
    interval = row.interval.metrics.get(metric) if row.interval else None
    return interval.texts if interval else (DASH, DASH)


def _curve(metric: Metric, row: Row, curve: figures.Curve) -> Curve:
    printed, low, high = (tuple(map(metric.show, edge)) for edge in (curve.values, *(curve.band or ((), ()))))
    ends = row.cells[0][1], row.rank_interval
    return Curve(row.team, row.rank, printed, curve.peak_x, curve.palette_index, low, high, *ends)


def _phase_metadata(phase: Phase, at: datetime | None) -> dict[str, str | int]:
    page = f"{settings.SITE_URL}{phase.get_absolute_url()}{at_query(at)}"
    metadata: dict[str, str | int] = {
        "page": page,
        "track": phase.track.slug,
        "phase": phase.slug,
        "split": phase.split,
    }
    return (
        metadata if phase.shows_results(timezone.now()) else metadata | {"note": "The results are not shown yet"}
    )


def _rule_metadata(rule: ScoringRule) -> dict[str, str | int]:
    return {
        "rule": rule.number,
        "scorer": f"{rule.scorer} {rule.scorer_version}",
        "ground_truth": rule.ground_truth.pack_sha256[:12],
        "images": rule.ground_truth.image_count or 0,  # a published rule's has some
    }
