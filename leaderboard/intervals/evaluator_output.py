"""Reads the output of `python -m evaluator uncertainty … --json`, as far as a board keeps it."""

import json
from dataclasses import dataclass
from typing import Any, TypedDict


class StoredRank(TypedDict):
    """A rank with its interval, as the evaluator writes it and an `Interval` stores it."""

    rank: int
    rank_low: int
    rank_high: int
    indistinct: list[int]
    may_be_best: bool


class OutputPair(TypedDict):
    """How `team` differs from `other`, both named by their evaluations, as the evaluator writes it."""

    team: str
    other: str
    difference: float
    low: float | None
    high: float | None
    significantly_different: bool
    class_margins: list[float | None] | None


StoredMetrics = dict[str, dict[str, float | None]]  # by metric: "score", "error", "low", "high"
StoredBands = dict[str, dict[str, list[float | None]]]  # by list: "score", "low", "high"


@dataclass(frozen=True)
class SubmissionIntervals:
    """The intervals of one evaluation, named by its key; no `rank_interval` where it is not ranked."""

    name: str
    metrics: StoredMetrics
    bands: StoredBands
    rank_interval: StoredRank | None


@dataclass(frozen=True)
class EvaluatorOutput:
    """The ranked teams and the pairs of the best of them; further submissions, and pairs of one team's own.

    `withheld` says why nothing is said of ranks, empty where it is said; `warnings` what makes intervals poor.
    """

    method: dict[str, Any]
    teams: tuple[SubmissionIntervals, ...]
    pairs: list[OutputPair]
    further: tuple[SubmissionIntervals, ...]
    own_pairs: list[OutputPair]
    critical_value: float
    withheld: str
    warnings: list[str]

    @property
    def submissions(self) -> tuple[SubmissionIntervals, ...]:
        return self.teams + self.further


def read_output(line: str) -> EvaluatorOutput:
    """Read the line that the command ends with. Raises ValueError for anything else."""
    try:
        output = json.loads(line)
        if output["outcome"] != "compared":
            raise ValueError(f"no comparison, but {output['outcome']!r}")
        return EvaluatorOutput(
            method=dict(output["method"]),
            teams=_submissions(output["teams"]),
            pairs=list(output["pairs"]),
            further=_submissions(output["submissions"]),
            own_pairs=list(output["own_pairs"]),
            critical_value=float(output["critical_value"]),
            withheld=str(output["withheld"]),
            warnings=[*map(str, output["warnings"])],
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"no answer of the evaluator: {error!r}") from error


def _submissions(listed: list[dict[str, Any]]) -> tuple[SubmissionIntervals, ...]:
    return tuple(SubmissionIntervals(one["name"], one["metrics"], one["bands"], one["place"]) for one in listed)
