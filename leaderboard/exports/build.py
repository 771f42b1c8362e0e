"""Boards and published tables as Tables, which all exports are made of."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from leaderboard.classes.page import ClassPage
from leaderboard.curves.board_curves import key_of
from leaderboard.exports.lid2020_paper import CITATION, PAPER, PublishedTable
from leaderboard.exports.table import DASH, ClassTable, Column, Curve, Mark, Row, Table, plain
from leaderboard.figures import iou_curve as curves
from leaderboard.figures.iou_curve import WHOLE, Window
from leaderboard.ranking.standings import Standing
from leaderboard.table.page import rule_of
from server.moments import as_query, to_the_second
from server.tracks.metrics import percent
from server.tracks.models import Phase, ScoringRule


def board_table(
    phase: Phase,
    rows: Sequence[Standing],
    at: datetime | None,
    *,
    with_curves: Sequence[curves.Curve] = (),
    window: Window = WHOLE,
) -> Table:
    """The board as readers see it at that moment of the past, or now, with those of its curves that are wanted."""
    drawn = {curve.key: curve for curve in with_curves}
    rule = rule_of(phase, at)
    return Table(
        name=f"lid-{phase.track.slug}-{phase.slug}",
        title=plain(f"LID Challenge, {phase.track.title}: {phase.title}"),
        columns=tuple(Column(metric.key, metric.title, metric.unit) for metric in phase.track.columns),
        rows=tuple(as_read(row, drawn.get(key_of(row.evaluation))) for row in rows),
        facts=_place(phase, at) | (_made_by(rule) if rule else {}),
        as_of=to_the_second(at or timezone.now()),
        window=window,
    )


def published_table(published: PublishedTable) -> Table:
    """A table of the paper; no file stands behind it, so it has neither moment nor rule."""
    return Table(
        name=f"lid-2020-table-{published.number}",
        title=f"LID 2020, as published, {published.name}: {published.title}",
        columns=tuple(
            Column(title.lower().replace(" ", "_").replace("-", "_"), title, unit)
            for title, unit in zip(published.columns, published.units, strict=True)
        ),
        rows=tuple(
            Row(rank, "" if row.team == DASH else row.team, row.username, row.values)
            for rank, row in enumerate(published.rows, 1)
        ),
        facts={
            "page": f"{settings.SITE_URL}{reverse('leaderboard:archive')}#table-{published.number}",
            "source": PAPER,
            "note": "As published; no file stands behind these rows and this server scored none of them",
        },
        citation=CITATION,
    )


def class_table(page: ClassPage) -> ClassTable:
    """The classes as the page shows them: its teams, its order, its search."""
    rule = rule_of(page.phase, page.at)
    address = reverse("leaderboard:classes", args=[page.phase.track.slug, page.phase.slug])
    return ClassTable(
        name=f"lid-{page.phase.track.slug}-{page.phase.slug}-classes",
        title=plain(f"LID Challenge, {page.phase.track.title}: {page.phase.title}, class by class"),
        columns=(),
        rows=tuple(map(as_read, page.teams)),
        facts=_place(page.phase, page.at)
        | {"page": f"{settings.SITE_URL}{address}?{page.query}"}
        | (_made_by(rule) if rule else {}),
        as_of=to_the_second(page.at or timezone.now()),
        classes=tuple(page.lines),
    )


def as_read(row: Standing, curve: curves.Curve | None = None) -> Row:
    """What a board tells of a row, and no more."""
    marks = [
        Mark(mark.get_verdict_display(), plain(mark.reason) if mark == row.disqualified else "")
        for mark in row.marks
    ]
    place = row.known and row.known.place
    return Row(
        rank=row.rank,
        team=plain(row.affiliation),
        username=plain(row.name),
        values=tuple(printed for _, printed in row.values),
        handed_in=to_the_second(row.submission.received_at),
        parameters=row.parameters,
        intervals=tuple(_ends(row, metric.key) for metric in row.columns) if row.known else (),
        rank_interval=(place.low, place.high) if place else None,
        marks=tuple(marks + [Mark("pseudonym")] * row.pseudonymous),
        curve=curve and _printed(curve),
    )


def _ends(row: Standing, metric: str) -> tuple[str, str]:
    known = row.known.ranges.get(metric) if row.known else None
    return known.texts if known else (DASH, DASH)


def _printed(curve: curves.Curve) -> Curve:
    printed, low, high = (tuple(map(percent, edge)) for edge in (curve.values, *(curve.band or ((), ()))))
    return Curve(printed, curve.peak_threshold, curve.place, low, high)


def _place(phase: Phase, at: datetime | None) -> dict[str, str | int]:
    page = f"{settings.SITE_URL}{phase.get_absolute_url()}{as_query(at)}"
    place = {"page": page, "track": phase.track.slug, "phase": phase.slug}
    veil = {} if phase.shows_results(timezone.now()) else {"note": "The results are not shown yet"}
    return place | {"split": phase.split} | veil


def _made_by(rule: ScoringRule) -> dict[str, str | int]:
    return {
        "rule": rule.number,
        "scorer": f"{rule.scorer} {rule.scorer_version}",
        "ground_truth": rule.ground_truth.pack_sha256[:12],
        "images": rule.ground_truth.image_count,
    }
