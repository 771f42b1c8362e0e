"""Confidence intervals of the scores and ranks of a split, by the method of docs/uncertainty.md."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from evaluator.contract import UNCERTAINTY_VERSION, Progress, shown
from evaluator.per_image_counts import PerImageCounts
from evaluator.scorers import make
from evaluator.scorers.labels import Ratios
from evaluator.uncertainty.bootstrap import LEVEL, RESAMPLES, SEED, Weights, draw, interval, totals
from evaluator.uncertainty.bootstrap_inputs import Entry, common, require_names, require_same
from evaluator.uncertainty.comparison import Pair, Ranking, RankInterval, or_none, printed

GENERATOR = "PCG64"
RESAMPLING = "resampling"  # the stage, in progress


@dataclass(frozen=True)
class Estimate:
    """A metric with its 95 % confidence interval; None where undefined.

    `bias` is the mean over the resamples minus the score; `undefined` counts the resamples left out.
    """

    score: float | None
    low: float | None
    high: float | None
    bias: float | None
    undefined: int


@dataclass(frozen=True)
class Band:
    """Pointwise 95 % confidence intervals of a metric with one value per class or threshold."""

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
    level: float = LEVEL
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
    """Estimate the 95 % confidence intervals of all scores and ranks on the same resamples for all teams.

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
    ranked, pairs = _ranked(teams, method.headline, np.array(headlines))
    return Uncertainty(method, method.inputs(teams), ranked, pairs)


def _method(per_image: PerImageCounts, resamples: int, seed: int) -> Method:
    scorer = make(per_image.scorer, per_image.options)
    headline = next(iter(scorer.compute_batch(per_image.total()[np.newaxis])))
    images = len(per_image.ids)
    return Method(scorer.NAME, scorer.VERSION, per_image.options, headline, images, resamples, seed)


def _estimated(entry: Entry, per_image: PerImageCounts, weights: Weights) -> tuple[Team, Ratios]:
    """Return the intervals of a team, but not of its rank; and its headline in each resample."""
    scorer, total = make(per_image.scorer, per_image.options), per_image.total()
    exact = scorer.compute_batch(total[np.newaxis])
    values = scorer.compute_batch(totals(weights, per_image.counts))
    with np.errstate(invalid="ignore"):  # 0 / 0, where `exact` says NaN
        scores = scorer.compute(total)
    numbers = [name for name in values if values[name].ndim == 1]
    metrics = {name: _estimate(scores[name], exact[name][0], values[name]) for name in numbers}
    bands = {name: _band(exact[name][0], values[name]) for name in values if name not in numbers}
    return Team(entry.name, entry.sha256(), None, metrics, bands), values[numbers[0]]


def _estimate(score: float | None, exact: float, values: Ratios) -> Estimate:
    """Return the interval of a score; `exact`, the same number of the batch, tells whether it is defined."""
    low, high = interval(values)
    defined = values[~np.isnan(values)]
    score = None if np.isnan(exact) else score
    bias = None if score is None or not defined.size else float(defined.mean()) - score
    return Estimate(score, or_none(low), or_none(high), bias, values.size - defined.size)


def _band(score: Ratios, values: Ratios) -> Band:
    return Band(*([or_none(value) for value in line] for line in (score, *interval(values))))


def _ranked(teams: Sequence[Team], headline: str, resampled: Ratios) -> tuple[tuple[Team, ...], tuple[Pair, ...]]:
    """Order the teams, best first and those without a headline last; `resampled` is [teams, resamples]."""
    scores = np.array([team.metrics[headline].score for team in teams], np.float64)  # None becomes NaN
    percent = printed(scores)
    order = sorted(range(len(teams)), key=lambda index: (-percent[index], -scores[index], teams[index].name))
    in_order = [teams[index] for index in order]
    best_first = [index for index in order if not np.isnan(scores[index])]
    ranking = Ranking(
        tuple(teams[index].name for index in best_first), scores[best_first], resampled[best_first].T
    )
    intervals = dict(zip(ranking.names, ranking.rank_intervals(), strict=True))
    ranked = (replace(team, rank_interval=intervals.get(team.name)) for team in in_order)
    return tuple(ranked), tuple(ranking.pairs())


def as_text(uncertainty: Uncertainty) -> str:
    """Return a table for a terminal, and how to read it."""
    method = uncertainty.method
    return "\n".join(
        [
            f"rank  (95 %)      group  {method.headline.replace('_', ' ')}, 95 % confidence interval",
            *(_row(team, team.metrics[method.headline]) for team in uncertainty.teams),
            f"From {method.resamples} bootstrap resamples of {method.images} images. No team of a group is",
            "significantly different from its first one; each pair is tested at 95 % by itself.",
        ]
    )


def _row(team: Team, headline: Estimate) -> str:
    rank, ranks, group = "–", "", "–"
    if found := team.rank_interval:
        rank, ranks, group = str(found.rank), f"({found.rank_low} to {found.rank_high})", str(found.group)
    score, low, high = (
        "–" if value is None else f"{value * 100:.2f}" for value in (headline.score, headline.low, headline.high)
    )
    return f"{rank:>4}  {ranks:10}  {group:>5}  {score:>6} % [{low:>6}, {high:>6}]  {shown(team.name)}"
