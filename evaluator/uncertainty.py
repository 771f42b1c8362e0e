"""How far the scores and ranks of one split would move with other images; the method is in docs/uncertainty.md."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from evaluator.comparable import Entry, common, require_names, require_same
from evaluator.comparing import Pair, Place, Ranking, or_none, printed
from evaluator.contract import UNCERTAINTY_VERSION, Progress, shown
from evaluator.resampling import LEVEL, RESAMPLES, SEED, Weights, draw, interval, totals
from evaluator.scorers import make
from evaluator.scorers.labels import Ratios
from evaluator.statistics import Statistics

GENERATOR = "PCG64"
RESAMPLING = "resampling"  # the stage, in progress


@dataclass(frozen=True)
class Estimate:
    """A number of the score with its 95 % interval; None where it is undefined.

    `bias` is the mean over the resamples minus the score; `undefined` counts the resamples left out.
    """

    score: float | None
    low: float | None
    high: float | None
    bias: float | None
    undefined: int


@dataclass(frozen=True)
class Band:
    """The pointwise 95 % intervals of a list of the score: one value per class, or per threshold."""

    score: list[float | None]
    low: list[float | None]
    high: list[float | None]


@dataclass(frozen=True)
class Team:
    """What is known of one team; `place` is None where its headline is undefined."""

    name: str
    sha256: str  # of its file
    place: Place | None
    metrics: dict[str, Estimate]
    bands: dict[str, Band]


@dataclass(frozen=True)
class Method:
    """How a comparison was made: the scorer, whose headline ranks, and the resampling."""

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
        """Name all that can change a comparison: this method, each team's name and the hash of its file."""
        files = sorted([team.name, team.sha256] for team in teams)
        return hashlib.sha256(json.dumps([asdict(self), files], sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Uncertainty:
    """All that is said of the teams of one split: the ranked ones first, best first, and pairs of the best."""

    method: Method
    inputs: str
    teams: tuple[Team, ...]
    pairs: tuple[Pair, ...]

    def to_json(self) -> str:
        """One line of JSON: the outcome `compared`, with the fields above."""
        return json.dumps({"outcome": "compared", **asdict(self)}, allow_nan=False)


def compare(
    entries: Sequence[Entry], *, resamples: int = RESAMPLES, seed: int = SEED, progress: Progress | None = None
) -> Uncertainty:
    """Resample the images of a split, the same ones for all teams, and say how sure each score and rank is.

    One team is in memory at a time. The order of the entries changes nothing, nor does that of the images.
    NoStatistics, NotComparable, OSError.
    """
    require_names(entries)
    entries = sorted(entries, key=lambda entry: entry.name)
    shared, teams, headlines = None, [], []
    for done, entry in enumerate(entries, 1):
        statistics = entry.read()
        facts = common(statistics)
        if shared is None:
            shared, method = facts, _method(statistics, resamples, seed)
            weights = draw(method.images, resamples, seed)
        require_same(shared, facts, (entries[0].path, entry.path))
        team, headline = _measured(entry, statistics, weights)
        teams.append(team)
        headlines.append(headline)
        if progress:
            progress(RESAMPLING, done, len(entries))
    placed, pairs = _ranked(teams, method.headline, np.array(headlines))
    return Uncertainty(method, method.inputs(teams), placed, pairs)


def _method(statistics: Statistics, resamples: int, seed: int) -> Method:
    scorer = make(statistics.scorer, statistics.options)
    headline = next(iter(scorer.measure(statistics.total()[np.newaxis])))
    images = len(statistics.ids)
    return Method(scorer.NAME, scorer.VERSION, statistics.options, headline, images, resamples, seed)


def _measured(entry: Entry, statistics: Statistics, weights: Weights) -> tuple[Team, Ratios]:
    """Give a team its intervals, not yet its place; and the headline of each resample."""
    scorer, total = make(statistics.scorer, statistics.options), statistics.total()
    exact = scorer.measure(total[np.newaxis])
    values = scorer.measure(totals(weights, statistics.counts))
    with np.errstate(invalid="ignore"):  # 0 / 0, where `exact` says NaN
        scores = scorer.summarise(total)
    numbers = [name for name in values if values[name].ndim == 1]
    metrics = {name: _estimate(scores[name], exact[name][0], values[name]) for name in numbers}
    bands = {name: _band(exact[name][0], values[name]) for name in values if name not in numbers}
    return Team(entry.name, entry.sha256(), None, metrics, bands), values[numbers[0]]


def _estimate(score: float | None, exact: float, values: Ratios) -> Estimate:
    """Put the very number of the score beside its interval; `exact` tells whether it is defined."""
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
    order = sorted(range(len(teams)), key=lambda place: (-percent[place], -scores[place], teams[place].name))
    in_order = [teams[place] for place in order]
    best_first = [place for place in order if not np.isnan(scores[place])]
    ranking = Ranking(
        tuple(teams[place].name for place in best_first), scores[best_first], resampled[best_first].T
    )
    places = dict(zip(ranking.names, ranking.places(), strict=True))
    return tuple(replace(team, place=places.get(team.name)) for team in in_order), tuple(ranking.pairs())


def as_text(uncertainty: Uncertainty) -> str:
    """Write a table for a terminal, and how to read it."""
    method = uncertainty.method
    return "\n".join(
        [
            f"rank  (95 %)      group  {method.headline.replace('_', ' ')}, 95 % interval",
            *(_row(team, team.metrics[method.headline]) for team in uncertainty.teams),
            f"From {method.resamples} resamples of {method.images} images. No team of a group can be told",
            "from its first by their paired difference; each comparison is a 95 % statement of its own.",
        ]
    )


def _row(team: Team, headline: Estimate) -> str:
    rank, ranks, group = "–", "", "–"
    if place := team.place:
        rank, ranks, group = str(place.rank), f"({place.rank_low} to {place.rank_high})", str(place.group)
    score, low, high = (
        "–" if value is None else f"{value * 100:.2f}" for value in (headline.score, headline.low, headline.high)
    )
    return f"{rank:>4}  {ranks:10}  {group:>5}  {score:>6} % [{low:>6}, {high:>6}]  {shown(team.name)}"
