"""Confidence intervals of the scores and ranks of a split, by the method of docs/uncertainty.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from evaluator.contract import CONFIDENCE_PERCENT, Metric, Progress, shown
from evaluator.per_image_counts import PerImageCounts
from evaluator.scorers import SCORERS, make
from evaluator.scorers.ratios import Ratios, or_none
from evaluator.uncertainty.inputs import Entry, Groups, common, require_names, require_same, units_of
from evaluator.uncertainty.jackknife import jackknife
from evaluator.uncertainty.pairs import MOST_DEVIATIONS, PAIRS_AMONG, Compared, pairs_of
from evaluator.uncertainty.results import (
    Band,
    Estimate,
    Method,
    Pair,
    RankInterval,
    Submission,
    Uncertainty,
    inputs_hash,
)
from evaluator.uncertainty.significance import NORMAL, Ranks, Significance, Truths
from evaluator.uncertainty.small_splits import limits

STAGE = "intervals"  # in progress


def compare(
    entries: Sequence[Entry], *, groups: Groups | None = None, progress: Progress | None = None
) -> Uncertainty:
    """Estimate the confidence intervals of all scores, ranks and differences.

    The counts of one submission are in memory at a time. Neither the order of the entries nor that of the images
    changes the result. Raises InvalidPerImageCounts, NotComparable, OSError.
    """
    require_names(entries)
    first, *others = sorted(entries, key=lambda entry: entry.name)
    per_image = first.read()
    split = _Split(first, per_image, groups)
    compared = [split.compared(first, per_image)]
    for done, entry in enumerate(others, 1):
        _report(progress, done, len(entries))
        compared = _within_memory([*compared, split.compared(entry, entry.read())], split.headline)
    _report(progress, len(entries), len(entries))
    return _uncertainty(split, compared)


class _Split:
    """What all submissions of a comparison share, as their first one says."""

    def __init__(self, first: Entry, per_image: PerImageCounts, groups: Groups | None) -> None:
        self._first, self._facts, self._groups = first, common(per_image), groups
        self.scorer = make(per_image.scorer, per_image.options)
        units = len(units_of(per_image, groups))
        self.limits = limits(self.scorer, per_image, units)
        images, scorer = len(per_image.ids), self.scorer
        self.method = Method(scorer.NAME, scorer.VERSION, per_image.options, self.headline.key, images, units)

    @property
    def headline(self) -> Metric:
        return self.scorer.METRICS[0]

    def compared(self, entry: Entry, per_image: PerImageCounts) -> Compared:
        """Leave out each image of a submission. Raises NotComparable."""
        require_same(self._facts, common(per_image), (self._first.path, entry.path))
        left_out = jackknife(self.scorer, units_of(per_image, self._groups))
        scores = self.scorer.compute(per_image.total())
        metrics = {
            metric.key: self._estimate(metric, scores[metric.key], left_out.errors[metric.key])
            for metric in self.scorer.METRICS
        }
        submission = Submission(
            name=entry.name,
            sha256=entry.sha256(),
            place=None,
            metrics=metrics,
            bands={
                key: self._band(metric, left_out.exact[key], left_out.band_errors[key])
                for key, metric in self.scorer.bands.items()
            },
        )
        return Compared(entry, submission, float(left_out.exact[self.headline.key]), left_out)

    def _estimate(self, metric: Metric, score: float | None, error: float) -> Estimate:
        if score is None or np.isnan(error) or not metric.smooth or self.limits.no_intervals:
            return Estimate(score)
        low, high = np.clip([score - NORMAL * error, score + NORMAL * error], *metric.limits).tolist()
        return Estimate(score, error, low, high)

    def _band(self, metric: Metric, values: Ratios, errors: Ratios) -> Band:
        margins = np.full_like(errors, np.nan) if self.limits.no_intervals else NORMAL * errors
        ends = (np.clip(end, *metric.limits) for end in (values - margins, values + margins))
        return Band(*([*map(or_none, line.tolist())] for line in (values, *ends)))


def _report(progress: Progress | None, done: int, total: int) -> None:
    if progress:
        progress(STAGE, done, total)


def _within_memory(compared: list[Compared], headline: Metric) -> list[Compared]:
    """Keep the deviations of classes of the best ranked submissions only, as far as they are few enough."""
    holding = [one for one in compared if one.kept]
    if len(holding) <= PAIRS_AMONG and sum(one.kept for one in holding) <= MOST_DEVIATIONS:
        return compared
    keep, total = set[str](), 0
    for one in _best_first([one for one in holding if one.entry.ranked], headline)[:PAIRS_AMONG]:
        total += one.kept
        if total <= MOST_DEVIATIONS:
            keep.add(one.entry.name)
    return [one if one.entry.name in keep else one.without_classes() for one in compared]


def _best_first(compared: Sequence[Compared], headline: Metric) -> list[Compared]:
    """Sort by printed headline, then by the exact one, then by name."""
    return sorted(
        compared,
        key=lambda one: (
            headline.sort_key(one.headline),
            0 if np.isnan(one.headline) else -headline.sign * one.headline,
            one.entry.name,
        ),
    )


def _uncertainty(split: _Split, compared: Sequence[Compared]) -> Uncertainty:
    ranked = _best_first([one for one in compared if one.entry.ranked], split.headline)
    with_headline = [one for one in ranked if not np.isnan(one.headline)]
    board = _significance(split, with_headline)
    places = dict(zip((one.entry.name for one in with_headline), _places(board), strict=True))
    hashes = [one.submission.sha256 for one in compared]
    return Uncertainty(
        method=split.method,
        inputs=inputs_hash(split.method, [one.entry for one in compared], hashes),
        teams=tuple(replace(one.submission, place=places.get(one.entry.name)) for one in ranked),
        pairs=pairs_of(with_headline, board),
        submissions=tuple(one.submission for one in compared if not one.entry.ranked),
        own_pairs=tuple(_own_pairs(split, compared)),
        critical_value=board.critical_value,
        withheld=split.limits.no_ranks,
        warnings=split.limits.warnings,
    )


def _significance(split: _Split, compared: Sequence[Compared], *, each_by_itself: bool = False) -> Significance:
    """Relate submissions to each other; nothing is said of them where the split is too small."""
    scores = np.array([one.headline for one in compared])
    deviations = np.array([one.jackknife.deviations for one in compared])
    deviations = deviations.reshape(len(compared), split.method.units)  # also where there are none
    return Significance(split.headline, scores, deviations, bool(split.limits.no_ranks), each_by_itself)


def _places(board: Significance) -> list[RankInterval]:
    ranks, apart = board.ranks(), board.distinct
    rows = zip(ranks, board.rank_lows(), board.rank_highs(), board.may_be_best, strict=True)
    return [
        RankInterval(int(rank), int(low), int(high), _others(ranks, apart[index], index), bool(best))
        for index, (rank, low, high, best) in enumerate(rows)
    ]


def _others(ranks: Ranks, apart: Truths, index: int) -> tuple[int, ...]:
    """Return the ranks of the others that a team is not significantly different from."""
    alike = ~apart
    alike[index] = False
    return tuple(np.unique(ranks[alike]).tolist())


def _own_pairs(split: _Split, compared: Sequence[Compared]) -> Iterator[Pair]:
    """Compare every two submissions of each team, each pair by itself."""
    by_team = sorted((one for one in compared if one.entry.team and not np.isnan(one.headline)), key=_team)
    for _, own in groupby(by_team, key=_team):
        best_first = [one.without_classes() for one in _best_first([*own], split.headline)]
        yield from pairs_of(best_first, _significance(split, best_first, each_by_itself=True))


def _team(one: Compared) -> str:
    return one.entry.team


def as_text(uncertainty: Uncertainty) -> str:
    """Return a table for a terminal, and how to read it."""
    method = uncertainty.method
    headline = SCORERS[method.scorer].METRICS[0]
    percent = f"{CONFIDENCE_PERCENT} %"
    best = [shown(team.name) for team in uncertainty.teams if team.place and team.place.may_be_best]
    units = f"{method.images} images" if method.units == method.images else f"{method.units} groups of images"
    return "\n".join(
        [
            f"rank  ({percent})      {headline.title}, {percent} confidence interval",
            *(_row(team, headline) for team in uncertainty.teams),
            *_readings(uncertainty, best),
            f"By the {method.name}, over {units}.",
        ]
    )


def _readings(uncertainty: Uncertainty, best: Sequence[str]) -> list[str]:
    if uncertainty.withheld:
        return [uncertainty.withheld, *uncertainty.warnings]
    percent = f"on {CONFIDENCE_PERCENT} of 100 boards"
    only = "Only " if len(best) == 1 else ""
    return [
        f"Over ever more images of this kind the ranks lie in these intervals, all at once {percent}.",
        *([f"{only}{', '.join(best)} may be the best, first place tested alone."] if best else []),
        *uncertainty.warnings,
    ]


def _row(team: Submission, headline: Metric) -> str:
    rank, ranks = "–", ""
    if place := team.place:
        rank, ranks = str(place.rank), f"({place.rank_low} to {place.rank_high})"
    estimate = team.metrics[headline.key]
    score, low, high = (f"{headline.show(value):>6}" for value in (estimate.score, estimate.low, estimate.high))
    unit = f" {headline.unit}" if headline.unit else ""
    return f"{rank:>4}  {ranks:10}  {score}{unit} [{low}, {high}]  {shown(team.name)}"
