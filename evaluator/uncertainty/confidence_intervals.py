"""Confidence intervals of the scores and ranks of a split, by the method of docs/uncertainty.md."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from evaluator.contract import CONFIDENCE_PERCENT, UNCERTAINTY_VERSION, Metric, Progress, shown
from evaluator.per_image_counts import PerImageCounts
from evaluator.scorers import SCORERS, make
from evaluator.scorers.ratios import Ratios, or_none
from evaluator.uncertainty.bootstrap import RESAMPLES, SEED, Weights, draw, interval, totals
from evaluator.uncertainty.bootstrap_inputs import Entry, common, require_names, require_same
from evaluator.uncertainty.comparison import Pair, Ranking, RankInterval, comparable

GENERATOR = "PCG64"
RESAMPLING = "resampling"  # the stage, in progress


@dataclass(frozen=True)
class Estimate:
    """A metric with its confidence interval; None where undefined.

    `bias` is the mean over the resamples minus the score; `undefined` counts the resamples left out.
    """

    score: float | None
    low: float | None
    high: float | None
    bias: float | None
    undefined: int


@dataclass(frozen=True)
class Band:
    """Pointwise confidence intervals of a metric with one value per class or threshold."""

    score: list[float | None]
    low: list[float | None]
    high: list[float | None]


@dataclass(frozen=True)
class Team:
    """The estimates of one team; `rank_interval` is None where its headline is undefined."""

    name: str
    sha256: str  # of its file
    rank_interval: RankInterval | None
    metrics: dict[str, Estimate]
    bands: dict[str, Band]


@dataclass(frozen=True)
class Method:
    """How a comparison was made: the scorer, whose headline metric ranks the teams, and the bootstrap."""

    scorer: str
    scorer_version: str
    options: dict[str, Any]
    headline: str
    images: int
    resamples: int
    seed: int
    generator: str = GENERATOR
    level: float = CONFIDENCE_PERCENT / 100
    version: str = UNCERTAINTY_VERSION

    def inputs(self, teams: Sequence[Team]) -> str:
        """Return a hash of all that can change the comparison: the method, and each team's name and file."""
        files = sorted([team.name, team.sha256] for team in teams)
        return hashlib.sha256(json.dumps([asdict(self), files], sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Uncertainty:
    """The estimates of all teams of a split, best first, unranked ones last; and the pairs of the best."""

    method: Method
    inputs: str
    teams: tuple[Team, ...]
    pairs: tuple[Pair, ...]

    def to_json(self) -> str:
        """Return one line of JSON: the outcome `compared`, with the fields above; a rank interval is `place`."""
        facts = asdict(self)
        for team in facts["teams"]:
            team["place"] = team.pop("rank_interval")
        return json.dumps({"outcome": "compared", **facts}, allow_nan=False)


def compare(
    entries: Sequence[Entry], *, resamples: int = RESAMPLES, seed: int = SEED, progress: Progress | None = None
) -> Uncertainty:
    """Estimate the confidence intervals of all scores and ranks on the same resamples for all teams.

    One team is in memory at a time. Neither the order of the entries nor that of the images changes the result.
    Raises InvalidPerImageCounts, NotComparable, OSError.
    """
    require_names(entries)
    entries = sorted(entries, key=lambda entry: entry.name)
    shared, teams, headlines = None, [], []
    for done, entry in enumerate(entries, 1):
        per_image = entry.read()
        facts = common(per_image)
        if shared is None:
            shared, method = facts, _method(per_image, resamples, seed)
            weights = draw(method.images, resamples, seed)
        require_same(shared, facts, (entries[0].path, entry.path))
        team, headline = _estimated(entry, per_image, weights)
        teams.append(team)
        headlines.append(headline)
        if progress:
            progress(RESAMPLING, done, len(entries))
    ranked, pairs = _ranked(teams, headline_of(method), np.array(headlines))
    return Uncertainty(method, method.inputs(teams), ranked, pairs)


def headline_of(method: Method) -> Metric:
    """Return the metric that ranks."""
    return SCORERS[method.scorer].METRICS[0]


def _method(per_image: PerImageCounts, resamples: int, seed: int) -> Method:
    scorer = make(per_image.scorer, per_image.options)
    images = len(per_image.ids)
    return Method(scorer.NAME, scorer.VERSION, per_image.options, scorer.METRICS[0].key, images, resamples, seed)


def _estimated(entry: Entry, per_image: PerImageCounts, weights: Weights) -> tuple[Team, Ratios]:
    """Return the intervals of a team, but not of its rank; and its headline in each resample."""
    scorer, total = make(per_image.scorer, per_image.options), per_image.total()
    scores, exact = scorer.compute(total), scorer.compute_batch(total[np.newaxis])
    values = scorer.compute_batch(totals(weights, per_image.counts))
    metrics = {metric.key: _estimate(scores[metric.key], values[metric.key]) for metric in scorer.METRICS}
    bands = {key: _band(exact[key][0], values[key]) for key in scorer.bands}
    return Team(entry.name, entry.sha256(), None, metrics, bands), values[scorer.METRICS[0].key]


def _estimate(score: float | None, values: Ratios) -> Estimate:
    """Return a score with its interval by the values of the resamples."""
    low, high = interval(values)
    defined = values[~np.isnan(values)]
    bias = None if score is None or not defined.size else float(defined.mean()) - score
    return Estimate(score, or_none(float(low)), or_none(float(high)), bias, values.size - defined.size)


def _band(score: Ratios, values: Ratios) -> Band:
    return Band(*([or_none(value) for value in line] for line in (score, *interval(values))))


def _ranked(
    teams: Sequence[Team], headline: Metric, resampled: Ratios
) -> tuple[tuple[Team, ...], tuple[Pair, ...]]:
    """Order the teams, best first and those without a headline last; `resampled` is [teams, resamples]."""
    scores = np.array([team.metrics[headline.key].score for team in teams], np.float64)  # None becomes NaN
    shown = comparable(scores, headline)
    exact = headline.sign * scores  # the higher the better
    order = sorted(range(len(teams)), key=lambda index: (-shown[index], -exact[index], teams[index].name))
    in_order = [teams[index] for index in order]
    best_first = [index for index in order if not np.isnan(scores[index])]
    names = tuple(teams[index].name for index in best_first)
    ranking = Ranking(headline, names, scores[best_first], resampled[best_first].T)
    intervals = dict(zip(ranking.names, ranking.rank_intervals(), strict=True))
    ranked = (replace(team, rank_interval=intervals.get(team.name)) for team in in_order)
    return tuple(ranked), tuple(ranking.pairs())


def as_text(uncertainty: Uncertainty) -> str:
    """Return a table for a terminal, and how to read it."""
    method, headline = uncertainty.method, headline_of(uncertainty.method)
    percent = f"{CONFIDENCE_PERCENT} %"
    return "\n".join(
        [
            f"rank  ({percent})      group  {headline.title}, {percent} confidence interval",
            *(_row(team, headline) for team in uncertainty.teams),
            f"From {method.resamples} bootstrap resamples of {method.images} images. No team of a group is",
            f"significantly different from its first one; each pair is tested at {percent} by itself.",
        ]
    )


def _row(team: Team, headline: Metric) -> str:
    rank, ranks, group = "–", "", "–"
    if found := team.rank_interval:
        rank, ranks, group = str(found.rank), f"({found.rank_low} to {found.rank_high})", str(found.group)
    estimate = team.metrics[headline.key]
    score, low, high = (f"{headline.show(value):>6}" for value in (estimate.score, estimate.low, estimate.high))
    unit = f" {headline.unit}" if headline.unit else ""
    return f"{rank:>4}  {ranks:10}  {group:>5}  {score}{unit} [{low}, {high}]  {shown(team.name)}"
