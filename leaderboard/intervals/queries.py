"""Reads the confidence intervals of a board that its readers may see: of scores, ranks, bands and pairs."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from uuid import UUID

from django.utils import timezone

from evaluator.contract import UNCERTAINTY_VERSION, Metric, ScorerDescription, class_band
from leaderboard.cache.cache import board_cache
from leaderboard.cache.version import version_of
from leaderboard.intervals.evaluator_output import StoredBands, StoredPair, StoredRank
from leaderboard.intervals.values import (
    Band,
    MetricInterval,
    PairDifference,
    RankInterval,
    RowInterval,
    bars,
    brackets,
)
from leaderboard.models import Interval, IntervalJob
from leaderboard.ranking.standings import Standing, standings
from server.tracks.models import Phase

MAX_ROWS = 200  # the best ranked rows of a board have intervals; those below have none


@dataclass(frozen=True)
class BoardIntervals:
    """The intervals of the ranked rows that stand on a board now, and of no others.

    `current` is False while the board has changed and its job has not run again. Until then the intervals and
    pairs of the rows that stay remain valid, as they depend on nothing else; rank intervals are left out.
    """

    job: IntervalJob
    current: bool
    visible: frozenset[UUID]  # the keys of the evaluations that readers may see
    _rows: dict[UUID, RowInterval] = field(repr=False)

    def row(self, evaluation: UUID) -> RowInterval | None:
        return self._rows.get(evaluation)

    def bands(self, evaluations: Collection[UUID]) -> dict[UUID, dict[str, Band]]:
        """By evaluation, the bands of the curve and the classes; read for these alone, as they are large."""
        stored = self.job.intervals.filter(evaluation__in=self.visible.intersection(evaluations))
        metrics = _band_metrics(self.job.phase.track.description)
        return {key: _bands(metrics, bands) for key, bands in stored.values_list("evaluation", "bands")}

    def pair(self, one: UUID, other: UUID) -> PairDifference | None:
        """How the first differs from the second; None where it was not computed, as only the best 50 are."""
        if not {one, other} <= self.visible:
            return None
        headline = self.job.phase.track.description.headline
        if forward := self._pairs.get((str(one), str(other))):
            return _pair(headline, forward, 1)
        backward = self._pairs.get((str(other), str(one)))
        return _pair(headline, backward, -1) if backward else None

    @cached_property
    def _pairs(self) -> dict[tuple[str, str], StoredPair]:
        return {(pair["team"], pair["other"]): pair for pair in self.job.pairs}


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


def interval_of(standing: Standing) -> RowInterval | None:
    """The intervals of one row that stands on its board now."""
    phase = standing.submission.phase
    intervals = _board_intervals(phase, [standing], current_inputs(phase))
    return None if intervals is None else intervals.row(standing.evaluation.pk)


def with_intervals(rows: Sequence[Standing], intervals: BoardIntervals | None) -> list[Standing]:
    """The rows with their intervals, the headlines' bars on one scale."""
    if intervals is None:
        return list(rows)
    found = [intervals.row(row.evaluation.pk) for row in rows]
    headline = intervals.job.phase.track.description.headline
    drawn = _with_brackets(_with_bars(headline, [row.headline for row in rows], found))
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


def _with_brackets(intervals: Intervals) -> Intervals:
    groups = {index: of.rank.group for index, of in enumerate(intervals) if of and of.rank}
    by_index = dict(zip(groups, brackets([*groups.values()]), strict=True))
    return [of and replace(of, bracket=by_index.get(index, "")) for index, of in enumerate(intervals)]


def current_inputs(phase: Phase) -> str:
    """The inputs that a job of the phase's board would have now."""
    return board_cache.get(("inputs", phase.pk), version_of(phase), lambda: inputs_of(standings(phase)))


def inputs_of(rows: Sequence[Standing]) -> str:
    """A hash that names the input of a computation for these rows; “” where none of them is ranked."""
    ranked = rows_with_intervals(rows)
    keys = sorted(str(row.evaluation.pk) for row in ranked)
    made_by = [UNCERTAINTY_VERSION, ranked[0].evaluation.rule_id] if ranked else []
    return sha256(json.dumps([made_by, keys]).encode()).hexdigest() if ranked else ""


def rows_with_intervals(rows: Sequence[Standing]) -> list[Standing]:
    """The best ranked rows: those for which intervals are computed."""
    return [row for row in rows if row.rank is not None][:MAX_ROWS]


def _board_intervals(phase: Phase, rows: Sequence[Standing], inputs: str) -> BoardIntervals | None:
    if not (phase.shows_intervals and phase.shows_results(timezone.now())):
        return None
    computed = IntervalJob.objects.filter(phase=phase, computed_at__isnull=False)
    job = computed.defer("pairs", "last_error").first()
    if job is None:
        return None
    job.phase = phase  # else it would be queried by itself
    visible = frozenset(row.evaluation.pk for row in rows if row.rank is not None)
    stored = Interval.objects.filter(job=job, evaluation__in=visible).defer("bands")
    current = job.inputs == inputs
    by_key = {interval.evaluation_id: _row_interval(phase, interval, with_rank=current) for interval in stored}
    return BoardIntervals(job, current, visible, by_key)


def _row_interval(phase: Phase, interval: Interval, *, with_rank: bool) -> RowInterval:
    metrics = phase.track.description.metrics
    found = {metric.key: _metric_interval(metric, interval.metrics.get(metric.key, {})) for metric in metrics}
    rank = _rank_interval(interval.rank_interval) if with_rank and interval.rank_interval else None
    return RowInterval({key: each for key, each in found.items() if each}, rank)


def _rank_interval(stored: StoredRank) -> RankInterval:
    ends = stored["rank_low"], stored["rank_high"]
    return RankInterval(stored["rank"], *ends, stored["group"], tuple(stored["indistinct"]))


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


def _pair(headline: Metric, pair: StoredPair, sign: int) -> PairDifference:
    """A stored pair as seen from its first row, or with -1 from its second."""
    beats = pair["beats"] if sign > 0 else 1 - pair["beats"]
    low, high = (end if end is None else sign * end for end in [pair["low"], pair["high"]][::sign])
    return PairDifference(
        round(beats, 4),
        headline.rounded(sign * pair["difference"]),
        headline.rounded(low),
        headline.rounded(high),
        significantly_different=low is not None and high is not None and (low > 0 or high < 0),
    )
