"""How sure the numbers of a board are, as its readers may know it: intervals, ranks, bands and pairs."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

from django.utils import timezone

from evaluator.contract import UNCERTAINTY_VERSION
from leaderboard.cache.cache import shelf
from leaderboard.cache.version import version_of
from leaderboard.intervals.values import Band, Known, PairView, Place, Range, bars, brackets
from leaderboard.models import Comparison, Interval
from leaderboard.ranking.standings import Standing, standings
from server.tracks.metrics import METRICS, Metric, as_printed, percent, show
from server.tracks.models import Phase

COMPARED = 200  # the best ranked rows of a board; those below have no interval


@dataclass(frozen=True)
class Certainty:
    """What is known of the ranked rows that stand on a board now, and of no others.

    `current` is False while the board has changed and is compared anew. Until then the intervals and pairs of
    the rows that stay hold, as they depend on nothing else, and no place is told.
    """

    comparison: Comparison
    current: bool
    told: frozenset[object]  # the keys of the evaluations that may be spoken of
    _intervals: dict[object, Known] = field(repr=False)

    def interval(self, evaluation: object) -> Known | None:
        return self._intervals.get(evaluation)

    def bands(self, evaluations: Collection[object]) -> dict[object, dict[str, Band]]:
        """By evaluation and list, `iou_curve` or `per_class_iou`; read for these alone, as they are large."""
        wanted = self.comparison.intervals.filter(evaluation__in=self.told.intersection(evaluations))
        return {key: _bands(bands) for key, bands in wanted.values_list("evaluation", "bands")}

    def pair(self, one: object, other: object) -> PairView | None:
        """The first seen beside the other; None where they were not compared, as only the best 50 are."""
        if not {one, other} <= self.told:
            return None
        there, back = self._pairs.get((str(one), str(other))), self._pairs.get((str(other), str(one)))
        return _pair(there, 1) if there else back and _pair(back, -1)

    @cached_property
    def _pairs(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {(pair["team"], pair["other"]): pair for pair in self.comparison.pairs}


def certainty_of(
    phase: Phase, rows: Sequence[Standing] | None = None, *, at: datetime | None = None
) -> Certainty | None:
    """How sure the board's numbers are; None where that is switched off, hidden or not yet computed.

    `rows` spares asking for the board again. One of the past, as of `at`, is told of only if the rows that stood
    then are those that were compared last.
    """
    rows = standings(phase) if rows is None else rows
    certainty = _certainty(phase, rows, inputs_of(rows))
    return None if certainty and at and not certainty.current else certainty


def known_of(standing: Standing) -> Known | None:
    """What is known of one row that stands on its board now."""
    phase = standing.submission.phase
    certainty = _certainty(phase, [standing], inputs_now(phase))
    return certainty and certainty.interval(standing.evaluation.pk)


def with_intervals(rows: Sequence[Standing], certainty: Certainty | None) -> list[Standing]:
    """The rows with what is known of each, the headlines' intervals on one scale."""
    if certainty is None:
        return list(rows)
    known = {row.evaluation.pk: certainty.interval(row.evaluation.pk) for row in rows}
    headline = certainty.comparison.phase.track.headline.key
    scaled = [row for row in rows if (of := known[row.evaluation.pk]) and headline in of.ranges]
    drawn = bars([(row.headline, known[row.evaluation.pk].ranges[headline]) for row in scaled])
    for row, bar in zip(scaled, drawn, strict=True):
        known[row.evaluation.pk] = replace(known[row.evaluation.pk], bar=bar)
    placed = [row.evaluation.pk for row in rows if (of := known[row.evaluation.pk]) and of.place]
    for key, bracket in zip(placed, brackets([known[key].place.group for key in placed]), strict=True):
        known[key] = replace(known[key], bracket=bracket)
    return [replace(row, known=known[row.evaluation.pk]) for row in rows]


def inputs_now(phase: Phase) -> str:
    """What a comparison of the phase's board would be made from now."""
    return shelf.get(("inputs", phase.pk), version_of(phase), lambda: inputs_of(standings(phase)))


def inputs_of(rows: Sequence[Standing]) -> str:
    """Name what a comparison of these rows is made from; “” where none of them is ranked."""
    compared = compared_rows(rows)
    keys = sorted(str(row.evaluation.pk) for row in compared)
    made_by = [UNCERTAINTY_VERSION, compared[0].evaluation.rule_id] if compared else []
    return sha256(json.dumps([made_by, keys]).encode()).hexdigest() if compared else ""


def compared_rows(rows: Sequence[Standing]) -> list[Standing]:
    """The best of the ranked rows: those that are compared with each other."""
    return [row for row in rows if row.rank is not None][:COMPARED]


def _certainty(phase: Phase, rows: Sequence[Standing], inputs: str) -> Certainty | None:
    if not (phase.shows_intervals and phase.shows_results(timezone.now())):
        return None
    computed = Comparison.objects.filter(phase=phase, computed_at__isnull=False).defer("pairs", "trouble").first()
    if computed is None:
        return None
    computed.phase = phase  # else it would be asked for by itself
    told = frozenset(row.evaluation.pk for row in rows if row.rank is not None)
    stored = Interval.objects.filter(comparison=computed, evaluation__in=told).defer("bands")
    current = computed.inputs == inputs
    known = {interval.evaluation_id: _known(phase, interval, placed=current) for interval in stored}
    return Certainty(computed, current, told, known)


def _known(phase: Phase, interval: Interval, *, placed: bool) -> Known:
    metrics = METRICS[phase.track.scorer]
    ranges = {metric.key: _range(metric, interval.metrics.get(metric.key, {})) for metric in metrics}
    place = interval.place if placed else None
    return Known(
        {key: found for key, found in ranges.items() if found},
        place
        and Place(
            place["rank"], place["rank_low"], place["rank_high"], place["group"], tuple(place["indistinct"])
        ),
    )


def _range(metric: Metric, estimate: dict[str, float | None]) -> Range | None:
    low, high = estimate.get("low"), estimate.get("high")
    if low is None or high is None:
        return None
    return Range(as_printed(metric, low), as_printed(metric, high), (show(metric, low), show(metric, high)))


def _bands(bands: dict[str, dict[str, list[float | None]]]) -> dict[str, Band]:
    ends = ("score", "low", "high")
    return {name: Band(*(tuple(map(_fraction, band[end])) for end in ends)) for name, band in bands.items()}


def _pair(pair: dict[str, Any], sign: int) -> PairView:
    """A pair seen from its one side, or with -1 from the other."""
    beats = pair["beats"] if sign > 0 else 1 - pair["beats"]
    ends = [pair["low"], pair["high"]][::sign]
    low, high = (end if end is None else sign * end for end in ends)
    apart = low is not None and (low > 0 or high < 0)
    return PairView(
        round(beats, 4), _fraction(sign * pair["difference"]), _fraction(low), _fraction(high), told_apart=apart
    )


def _fraction(value: float | None) -> float | None:
    """As boards print it."""
    return None if value is None else round(float(percent(value)) / 100, 4)
