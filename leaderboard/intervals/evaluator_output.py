"""Reads the output of `python -m evaluator uncertainty … --json`, as far as a board keeps it."""

import json
from dataclasses import dataclass
from typing import Any, TypedDict


class StoredRank(TypedDict):
    """A rank with its interval, as the evaluator writes it and an `Interval` stores it."""

    rank: int
    rank_low: int
    rank_high: int
    group: int
    indistinct: list[int]


class StoredPair(TypedDict):
    """How `team` differs from `other`, both named by their evaluations, as an `IntervalJob` stores it."""

    team: str
    other: str
    beats: float
    difference: float
    low: float | None
    high: float | None


StoredMetrics = dict[str, dict[str, float | None]]  # by metric: "score", "low", "high", …
StoredBands = dict[str, dict[str, list[float | None]]]  # by list: "score", "low", "high"


@dataclass(frozen=True)
class TeamIntervals:
    """The intervals of one evaluation, named by its key; no `rank_interval` where its headline is undefined."""

    name: str
    metrics: StoredMetrics
    bands: StoredBands
    rank_interval: StoredRank | None


@dataclass(frozen=True)
class EvaluatorOutput:
    """The teams, best first, and the pairs of the best of them."""

    method: dict[str, Any]
    teams: tuple[TeamIntervals, ...]
    pairs: list[StoredPair]


def read_output(line: str) -> EvaluatorOutput:
    """Read the line that the command ends with. Raises ValueError for anything else."""
    try:
        output = json.loads(line)
        if output["outcome"] != "compared":
            raise ValueError(f"no comparison, but {output['outcome']!r}")
        teams = tuple(
            TeamIntervals(team["name"], team["metrics"], team["bands"], team["place"]) for team in output["teams"]
        )
        return EvaluatorOutput(dict(output["method"]), teams, list(output["pairs"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"no answer of the evaluator: {error!r}") from error
