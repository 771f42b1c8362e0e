"""How sure the numbers of a board are, as its readers may know it: intervals, ranks, bands and pairs."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

from django.utils import timezone

from evaluator.contract import UNCERTAINTY_VERSION
from leaderboard.models import Comparison, Interval
from leaderboard.standings import Standing, standings
from server.tracks.metrics import METRICS, Metric, as_printed, percent, show
from server.tracks.models import Phase

COMPARED = 200  # the best ranked rows of a board; those below have no interval


@dataclass(frozen=True)
class Range:
    """The 95 % interval of a number as printed: fractions of 1, or thresholds."""

    low: float
    high: float
    text: str  # such as “61.20–64.85”


@dataclass(frozen=True)
class Place:
    """A rank and its interval, the group it is in, and the ranks of those it cannot be told apart from."""

    rank: int
    low: int
    high: int
    group: int
    indistinct: tuple[int, ...]

    @property
    def text(self) -> str:
        """The interval, such as “1–3”, or one rank where it is sure."""
        return spans([self.low, self.high], gaps=True)

    @property
    def words(self) -> str:
        if not self.indistinct:
            return "told apart from every other rank"
        many = "s" if len(self.indistinct) > 1 else ""
        return f"not distinguishable from rank{many} {spans(self.indistinct)}"


@dataclass(frozen=True)
class Known:
    """What is known of one row. `place` is None while it is computed anew: it depends on all other rows."""

    ranges: dict[str, Range]  # by metric; one that is undefined is not in it
    place: Place | None


@dataclass(frozen=True)
class Band:
    """One value per class or threshold, each with its interval; fractions as printed, None where undefined."""

    score: tuple[float | None, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]


@dataclass(frozen=True)
class PairView:
    """One row beside another on the same images: how often it prints more, and by how much it differs."""

    beats: float  # the share of the draws, 0 to 1; a tie counts half
    difference: float  # of the headlines, as fractions; above 0 where this one is better
    low: float | None
    high: float | None
    told_apart: bool  # whether the images can tell which of the two is better: before rounding


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


def certainty_of(phase: Phase, rows: Sequence[Standing] | None = None) -> Certainty | None:
    """How sure the board's numbers are; None where that is switched off, hidden or not yet computed.

    `rows` spares asking for the board again; it may be one of the past.
    """
    if not (phase.shows_intervals and phase.shows_results(timezone.now())):
        return None
    comparison = (
        Comparison.objects.filter(phase=phase, computed_at__isnull=False).defer("pairs", "trouble").first()
    )
    if comparison is None:
        return None
    rows = standings(phase) if rows is None else rows
    current = comparison.inputs == inputs_of(rows)
    told = frozenset(row.evaluation.pk for row in rows if row.rank is not None)
    stored = Interval.objects.filter(comparison=comparison, evaluation__in=told).defer("bands")
    known = {interval.evaluation_id: _known(phase, interval, placed=current) for interval in stored}
    return Certainty(comparison, current, told, known)


def inputs_of(rows: Sequence[Standing]) -> str:
    """Name what a comparison of these rows is made from; “” where none of them is ranked."""
    compared = compared_rows(rows)
    keys = sorted(str(row.evaluation.pk) for row in compared)
    made_by = [UNCERTAINTY_VERSION, compared[0].evaluation.rule_id] if compared else []
    return sha256(json.dumps([made_by, keys]).encode()).hexdigest() if compared else ""


def compared_rows(rows: Sequence[Standing]) -> list[Standing]:
    """The best of the ranked rows: those that are compared with each other."""
    return [row for row in rows if row.rank is not None][:COMPARED]


def spans(numbers: Sequence[int], *, gaps: bool = False) -> str:
    """Numbers in order as text, runs drawn together: “1–3, 5”. With `gaps`, the first to the last."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and (gaps or number == runs[-1][-1] + 1):
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


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
    return Range(as_printed(metric, low), as_printed(metric, high), f"{show(metric, low)}–{show(metric, high)}")


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
