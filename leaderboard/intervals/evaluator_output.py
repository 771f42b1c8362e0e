"""Reads the output of `python -m evaluator uncertainty … --json`, as far as a board keeps it."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class TeamIntervals:
    """The intervals of one evaluation, named by its key; no `rank_interval` where its headline is undefined."""

    name: str
    metrics: dict[str, dict[str, float | None]]
    bands: dict[str, dict[str, list[float | None]]]
    rank_interval: dict[str, Any] | None


@dataclass(frozen=True)
class EvaluatorOutput:
    """The teams, best first, and the pairs of the best of them."""

    method: dict[str, Any]
    teams: tuple[TeamIntervals, ...]
    pairs: list[dict[str, Any]]


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
