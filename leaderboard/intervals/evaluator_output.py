"""What `python -m evaluator uncertainty … --json` answers, as far as a board keeps it; teams are named by keys."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ComparedTeam:
    """How sure one evaluation's numbers are; `place` is None where its headline is undefined."""

    name: str
    metrics: dict[str, dict[str, float | None]]
    bands: dict[str, dict[str, list[float | None]]]
    place: dict[str, Any] | None


@dataclass(frozen=True)
class Compared:
    """The answer, best team first; `pairs` are those of the best."""

    method: dict[str, Any]
    teams: tuple[ComparedTeam, ...]
    pairs: list[dict[str, Any]]


def read_compared(line: str) -> Compared:
    """Read the line that the command ends with; ValueError for anything else."""
    try:
        answer = json.loads(line)
        if answer["outcome"] != "compared":
            raise ValueError(f"no comparison, but {answer['outcome']!r}")
        teams = tuple(
            ComparedTeam(team["name"], team["metrics"], team["bands"], team["place"]) for team in answer["teams"]
        )
        return Compared(dict(answer["method"]), teams, list(answer["pairs"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"no answer of the evaluator: {error!r}") from error
