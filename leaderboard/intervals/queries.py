"""Reads the confidence intervals of a board that its readers may see: of scores, ranks, bands and pairs."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from evaluator.contract import UNCERTAINTY_VERSION, Metric, ScorerDescription, class_band
from leaderboard.cache.cache import board_cache
from leaderboard.cache.version import version_of
from leaderboard.intervals.evaluator_output import StoredBands, StoredMetrics, StoredRank
from leaderboard.intervals.values import (
    Band,
    MetricInterval,
    PairDifference,
    RankInterval,
    RowInterval,
    bars,
)
from leaderboard.models import Interval, IntervalJob, PairInterval
from leaderboard.ranking.standings import Standing, standings
from server.submissions.models import Evaluation
from server.tracks.models import Phase

MAX_ROWS = 200  # the best ranked rows of a board have rank intervals; those below have none


@dataclass(frozen=True)
class BoardIntervals:
    """The intervals of the ranked rows that stand on a board now, and of no others.

    `current` is False while the board has changed and its job has not run again. Until then the intervals of the
    rows that stay remain valid, as they depend on nothing else; rank intervals and pairs, which hold for all rows
    at once, are left out.
    """

    job: IntervalJob
    current: bool
    visible: frozenset[UUID]  # the keys of the evaluations that readers may see
    _rows: dict[UUID, RowInterval] = field(repr=False)

    @property
    def withheld(self) -> str:
        """Why nothing is said of ranks; empty where it is said."""
        return self.job.withheld

    @property
    def warnings(self) -> tuple[str, ...]:
        """What makes the intervals of this split poor, in sentences."""
        return tuple(self.job.warnings)

    @property
    def critical_value(self) -> float | None:
        """How many standard errors the interval of a pair's difference has on each side."""
        return self.job.critical_value

    def row(self, evaluation: UUID) -> RowInterval | None:
        return self._rows.get(evaluation)

    def may_be_best(self, rows: Iterable[Standing]) -> list[Standing]:
        """The rows that no other rules out as the best; none while that is not known."""
        found = ((row, self.row(row.evaluation.pk)) for row in rows)
        return [row for row, interval in found if interval and interval.rank and interval.rank.may_be_best]

    def bands(self, evaluations: Collection[UUID]) -> dict[UUID, dict[str, Band]]:
        """By evaluation, the bands of the curve and the classes; read for these alone, as they are large."""
        stored = self.job.intervals.filter(evaluation__in=self.visible.intersection(evaluations))
        metrics = _band_metrics(self.job.phase.track.description)
        return {key: _bands(metrics, bands) for key, bands in stored.values_list("evaluation", "bands")}

    def pair(self, one: UUID, other: UUID) -> PairDifference | None:
        """How the first differs from the second, classes included; None where it was not computed."""
        return self.pairs_among([one, other], with_classes=True).get((one, other))

    def pairs_among(
        self, evaluations: Collection[UUID], *, with_classes: bool = False
    ) -> dict[tuple[UUID, UUID], PairDifference]:
        """Every two of these rows, each as seen from the first of its key; only the best 50 have any."""
        keys = self.visible.intersection(evaluations) if self.current else frozenset[UUID]()
        if len(keys) < 2:
            return {}
        stored = self.job.pairs.filter(own=False, one__in=keys, other__in=keys)
        return both_ways(self.job.phase.track.description.headline, stored, with_classes=with_classes)


def intervals_of(
    phase: Phase, rows: Sequence[Standing] | None = None, *, at: datetime | None = None
) -> BoardIntervals | None:
    """The board's intervals; None where they are switched off, hidden or not yet computed.

    `rows` spares a second query for the board. A board of the past, as of `at`, has intervals only if its rows are
    those of the last computation.
    """
    rows = standings(phase) if rows is None else rows
    intervals = _board_intervals(phase, rows, inputs_of(rows))
    return None if intervals and at and not intervals.current else intervals


def interval_of(evaluation: Evaluation, standing: Standing | None) -> RowInterval | None:
    """The intervals of a scored evaluation; with its rank's where its team stands on it now."""
    phase = evaluation.submission.phase
    if standing and standing.rank is not None:
        intervals = _board_intervals(phase, [standing], current_inputs(phase))
        return intervals.row(evaluation.pk) if intervals else None
    metrics = score_intervals(evaluation)
    return None if metrics is None else RowInterval(metrics, rank=None)


def score_intervals(evaluation: Evaluation) -> dict[str, MetricInterval] | None:
    """The intervals of an evaluation's scores, for those who may see these; None where there are none to show."""
    phase = evaluation.submission.phase
    try:
        return _metric_intervals(phase, evaluation.interval.metrics) if may_show_intervals(phase) else None
    except Interval.DoesNotExist:
        return None


def why_withheld(phase: Phase) -> str:
    """Why nothing is said of the phase's ranks and differences; empty where it is said, or not yet known."""
    return IntervalJob.objects.filter(phase=phase).values_list("withheld", flat=True).first() or ""


def may_show_intervals(phase: Phase) -> bool:
    """Whether anyone may see the intervals of this phase now; organisers see no more of them."""
    return phase.shows_intervals and phase.shows_results(timezone.now()) and not phase.track.scorer_error


def with_intervals(rows: Sequence[Standing], intervals: BoardIntervals | None) -> list[Standing]:
    """The rows with their intervals, the headlines' bars on one scale."""
    if intervals is None:
        return list(rows)
    found = [intervals.row(row.evaluation.pk) for row in rows]
    headline = intervals.job.phase.track.description.headline
    drawn = _with_bars(headline, [row.headline for row in rows], found)
    return [replace(row, interval=interval) for row, interval in zip(rows, drawn, strict=True)]


Intervals = Sequence[RowInterval | None]  # of a board's rows, in their order


def _with_bars(headline: Metric, scores: Sequence[float | None], intervals: Intervals) -> Intervals:
    scaled = {
        index: (score, of.metrics[headline.key])
        for index, (score, of) in enumerate(zip(scores, intervals, strict=True))
        if of and score is not None and headline.key in of.metrics
    }
    by_index = dict(zip(scaled, bars([*scaled.values()]), strict=True))
    return [of and replace(of, bar=by_index.get(index)) for index, of in enumerate(intervals)]


def current_inputs(phase: Phase) -> str:
    """The inputs that a job of the phase's board would have now."""
    return board_cache.get(("inputs", phase.pk), version_of(phase), lambda: inputs_of(standings(phase)))


def inputs_of(rows: Sequence[Standing]) -> str:
    """A hash that names the input of a computation for these rows; “” where none of them is ranked."""
    ranked = rows_with_intervals(rows)
    return hash_of(ranked[0].evaluation.rule_id, [row.evaluation.pk for row in ranked]) if ranked else ""


def hash_of(rule: int, evaluations: Iterable[UUID]) -> str:
    """A hash that names a computation for these evaluations by one rule, in any order."""
    named = [[UNCERTAINTY_VERSION, rule], sorted(map(str, evaluations))]
    return sha256(json.dumps(named).encode()).hexdigest()


def rows_with_intervals(rows: Sequence[Standing]) -> list[Standing]:
    """The best ranked rows: those for which intervals are computed."""
    return [row for row in rows if row.rank is not None][:MAX_ROWS]


def _board_intervals(phase: Phase, rows: Sequence[Standing], inputs: str) -> BoardIntervals | None:
    if not may_show_intervals(phase):
        return None
    computed = IntervalJob.objects.filter(phase=phase, computed_at__isnull=False)
    job = computed.defer("last_error").first()
    if job is None:
        return None
    job.phase = phase  # else it would be queried by itself
    visible = frozenset(row.evaluation.pk for row in rows if row.rank is not None)
    stored = Interval.objects.filter(job=job, evaluation__in=visible).defer("bands")
    current = job.inputs == inputs
    with_rank = current and not job.withheld
    by_key = {interval.evaluation_id: _row_interval(phase, interval, with_rank=with_rank) for interval in stored}
    return BoardIntervals(job, current, visible, by_key)


def _row_interval(phase: Phase, interval: Interval, *, with_rank: bool) -> RowInterval:
    rank = rank_interval(interval.rank_interval) if with_rank and interval.rank_interval else None
    return RowInterval(_metric_intervals(phase, interval.metrics), rank)


def _metric_intervals(phase: Phase, stored: StoredMetrics) -> dict[str, MetricInterval]:
    metrics = phase.track.description.metrics
    found = {metric.key: _metric_interval(metric, stored.get(metric.key, {})) for metric in metrics}
    return {key: each for key, each in found.items() if each}


def rank_interval(stored: StoredRank) -> RankInterval:
    ends = stored["rank_low"], stored["rank_high"]
    return RankInterval(stored["rank"], *ends, tuple(stored["indistinct"]), stored["may_be_best"])


def _metric_interval(metric: Metric, estimate: dict[str, float | None]) -> MetricInterval | None:
    ends = estimate.get("low"), estimate.get("high")
    low, high = map(metric.rounded, ends)
    if low is None or high is None:
        return None
    return MetricInterval(low, high, (metric.show(ends[0]), metric.show(ends[1])))


def _band_metrics(description: ScorerDescription) -> dict[str, Metric]:
    """By the key of a band, the metric of its values."""
    classes = {class_band(metric): metric for metric in description.class_metrics}
    curve = description.curve
    return classes | ({curve.metric.key: curve.metric} if curve else {})


def _bands(metrics: dict[str, Metric], bands: StoredBands) -> dict[str, Band]:
    ends = ("score", "low", "high")
    return {
        key: Band(*(tuple(map(metrics[key].rounded, band[end])) for end in ends))
        for key, band in bands.items()
        if key in metrics
    }


def both_ways(
    headline: Metric, stored: QuerySet[PairInterval], *, with_classes: bool = False
) -> dict[tuple[UUID, UUID], PairDifference]:
    """Stored pairs by their evaluations, each as seen from the first of its key."""
    names = [*_OF_PAIRS, "class_margins"] if with_classes else _OF_PAIRS
    pairs: dict[tuple[UUID, UUID], PairDifference] = {}
    for one, other, difference, low, high, different, *margins in stored.values_list(*names):
        pair = PairDifference(
            difference=headline.rounded(difference),
            low=headline.rounded(low),
            high=headline.rounded(high),
            significantly_different=different,
            class_margins=tuple(margins[0]) if margins and margins[0] else None,
        )
        pairs[one, other], pairs[other, one] = pair, pair.turned
    return pairs


_OF_PAIRS = ["one", "other", "difference", "low", "high", "significantly_different"]
