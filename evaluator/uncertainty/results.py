"""What a comparison of submissions answers: intervals of scores, ranks and differences, as JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evaluator.contract import UNCERTAINTY_VERSION
from evaluator.uncertainty.inputs import Entry
from evaluator.uncertainty.significance import DRAWS, LEVEL, SEED

METHOD = "delete-one jackknife, max-t"


@dataclass(frozen=True)
class Estimate:
    """A metric with its standard error and confidence interval; None where undefined."""

    score: float | None
    error: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Band:
    """Pointwise confidence intervals of a metric with one value per class or threshold."""

    score: list[float | None]
    low: list[float | None]
    high: list[float | None]


@dataclass(frozen=True)
class RankInterval:
    """A team's rank with its interval; `indistinct` are the ranks of those that do not differ significantly."""

    rank: int
    rank_low: int
    rank_high: int
    indistinct: tuple[int, ...]
    may_be_best: bool


@dataclass(frozen=True)
class Submission:
    """The estimates of one submission; `place` is None where its team is not ranked by it."""

    name: str
    sha256: str  # of its file
    place: RankInterval | None
    metrics: dict[str, Estimate]
    bands: dict[str, Band]


@dataclass(frozen=True)
class Pair:
    """Two submissions by name; `difference` is the headline of `team` minus that of `other`, unrounded.

    `low` and `high` are its confidence interval, None where undefined. `class_margins` are half the widths of the
    intervals of the differences of each class, pointwise; None where they were not computed.
    """

    team: str
    other: str
    difference: float
    low: float | None
    high: float | None
    significantly_different: bool
    class_margins: list[float | None] | None


@dataclass(frozen=True)
class Method:
    """How a comparison was made. `units` were left out one by one: images, or groups of images."""

    scorer: str
    scorer_version: str
    options: dict[str, Any]
    headline: str
    images: int
    units: int
    name: str = METHOD
    draws: int = DRAWS
    seed: int = SEED
    level: float = LEVEL
    version: str = UNCERTAINTY_VERSION


@dataclass(frozen=True)
class Uncertainty:
    """The ranked teams, best first, with their pairs; other submissions, and pairs of one team's own.

    `withheld` says why nothing is said of ranks (empty: it is said), `warnings` what makes intervals poor.
    """

    method: Method
    inputs: str
    teams: tuple[Submission, ...]
    pairs: tuple[Pair, ...]
    submissions: tuple[Submission, ...]
    own_pairs: tuple[Pair, ...]
    critical_value: float
    withheld: str
    warnings: tuple[str, ...]

    def to_json(self) -> str:
        """Return one line of JSON: the outcome `compared`, with the fields above."""
        return json.dumps({"outcome": "compared", **asdict(self)}, allow_nan=False)


def inputs_hash(method: Method, entries: Sequence[Entry], files: Sequence[str]) -> str:
    """Return a hash of all that can change a comparison: the method, and each entry with its file's SHA-256."""
    listed = sorted([one.name, one.team, one.ranked, file] for one, file in zip(entries, files, strict=True))
    return hashlib.sha256(json.dumps([asdict(method), listed], sort_keys=True).encode()).hexdigest()
