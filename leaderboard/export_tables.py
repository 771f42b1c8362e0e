"""Boards and published tables as Tables, which all exports are made of."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from leaderboard.boards import rule_of
from leaderboard.exports.table import DASH, Column, Curve, Mark, Row, Table, plain
from leaderboard.published import CITATION, PAPER, PublishedTable
from leaderboard.standings import Standing
from server.moments import as_query, to_the_second
from server.submissions.models import Evaluation
from server.tracks.metrics import percent
from server.tracks.models import Phase, ScoringRule


def board_table(
    phase: Phase, rows: Sequence[Standing], at: datetime | None, *, with_curves: bool = False
) -> Table:
    """The board as readers see it at that moment of the past, or now; curves are those of the ranked rows."""
    curves = _curves(rows) if with_curves else {}
    rule = rule_of(phase, at)
    return Table(
        name=f"lid-{phase.track.slug}-{phase.slug}",
        title=plain(f"LID Challenge, {phase.track.title}: {phase.title}"),
        columns=tuple(Column(metric.key, metric.title, metric.unit) for metric in phase.track.columns),
        rows=tuple(as_read(row, curves.get(row.evaluation.pk)) for row in rows),
        facts=_place(phase, at) | (_made_by(rule) if rule else {}),
        as_of=to_the_second(at or timezone.now()),
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


def as_read(row: Standing, curve: list[float] | None = None) -> Row:
    """What a board tells of a row, and no more."""
    marks = [
        Mark(mark.get_verdict_display(), plain(mark.reason) if mark == row.disqualified else "")
        for mark in row.marks
    ]
    return Row(
        rank=row.rank,
        team=plain(row.affiliation),
        username=plain(row.name),
        values=tuple(printed for _, printed in row.values),
        handed_in=to_the_second(row.submission.received_at),
        marks=tuple(marks + [Mark("pseudonym")] * row.pseudonymous),
        curve=curve and Curve(tuple(map(percent, curve)), int(row.evaluation.scores["peak_threshold"])),
    )


def _curves(rows: Sequence[Standing]) -> dict[object, list[float]]:
    ranked = [row.evaluation.pk for row in rows if row.rank is not None]
    drawn = Evaluation.objects.filter(pk__in=ranked, curve__isnull=False)
    return dict(drawn.values_list("pk", "curve"))


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
