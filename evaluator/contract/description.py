"""What a scorer declares about itself: its metrics, its help, its options. The server knows scorers by this alone.

A scorer is one file that imports numpy, which the web process should not load. So `scorers()` asks the command
`python -m evaluator scorers --json` once per process, on first use (about half a second), and keeps the answer.
"""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import inf, isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PER_CLASS = "per_class"  # key of the list of classes among the scores
UNDEFINED = "–"
TIMEOUT = 120  # seconds


@dataclass(frozen=True)
class Metric:
    """One number of a result, and how it is printed and compared.

    `key` is its name among the scores, `title` what people read. With the unit "%" the value is a fraction and is
    printed × 100; with any other unit ("px", "s", "" for none) it is printed as it is. Numbers are ranked as
    printed, with `decimals` digits after the point. `higher_is_better` is None where neither direction is better.
    A number that is not `smooth` jumps, such as the place of a maximum: it has no confidence interval.
    """

    key: str
    title: str
    unit: str = "%"
    decimals: int = 2
    higher_is_better: bool | None = True
    on_board: bool = True  # False: shown beside a result, but not a column of leaderboards
    smooth: bool = True

    @property
    def scale(self) -> int:
        """The factor from a value to its printed number: 100 for "%", else 1."""
        return 100 if self.unit == "%" else 1

    @property
    def sign(self) -> int:
        """-1 where lower is better, else 1: `sign * value` is the higher the better."""
        return -1 if self.higher_is_better is False else 1

    @property
    def limits(self) -> tuple[float, float]:
        """The least and the largest value there can be: 0 and 1 for "%", else unlimited."""
        return (0.0, 1.0) if self.unit == "%" else (-inf, inf)

    def printed(self, value: float | None) -> float | None:
        """Return the printed number: 61.2 for the fraction 0.61204 of a "%" metric. None where undefined.

        Undefined are None, NaN and what is infinite.
        """
        if value is None or not isfinite(value):
            return None
        return round(value * self.scale, self.decimals) + 0.0  # never -0.0

    def show(self, value: float | None) -> str:
        """Return the value as text, without its unit: "61.20"; a dash where undefined."""
        number = self.printed(value)
        return UNDEFINED if number is None else f"{number:.{self.decimals}f}"

    def show_with_unit(self, value: float | None) -> str:
        """Return the value as text with its unit: "61.20 %", "3.4 px", "128"; a dash where undefined."""
        text = self.show(value)
        return f"{text} {self.unit}" if self.unit and text != UNDEFINED else text

    def rounded(self, value: float | None) -> float | int | None:
        """Return the value rounded as printed, but not scaled: 0.612 for 0.61204; whole where `decimals` is 0."""
        number = self.printed(value)
        if number is None:
            return None
        if self.scale == 1:
            return int(number) if self.decimals == 0 else number
        return round(number / self.scale, self.decimals + 2)

    def sort_key(self, value: float | None) -> float:
        """Return a key that sorts values best first by their printed numbers, undefined ones last."""
        number = self.printed(value)
        return float("inf") if number is None else -self.sign * number

    def is_better(self, value: float | None, other: float | None) -> bool:
        """Tell whether `value` prints a better number than `other`; any number is better than an undefined one."""
        return self.sort_key(value) < self.sort_key(other)


@dataclass(frozen=True)
class Curve:
    """A metric with one value for each x = 0, 1, … `last_x`; `peak_x` is the key of the metric with the best x."""

    metric: Metric
    x_title: str
    last_x: int
    peak_x: str


@dataclass(frozen=True)
class Help:
    """What participants read about a scorer, as Markdown (CommonMark), and the file names of an example archive.

    `submission` says what a map is and what a pixel means; `scoring` gives the formulas. What all scorers share is
    not repeated here: an archive is a zip with one PNG per image, named `<image id>.png`.
    """

    submission: str
    scoring: str
    file_names: tuple[str, ...]


@dataclass(frozen=True)
class ScorerDescription:
    """A scorer as data. `metrics` are the single numbers of a result, the headline (which ranks) first.

    `class_metrics` are the keys of each row of scores["per_class"], beside `label` and `pixels` (of the ground
    truth); the first of them has confidence intervals. `background` is the label in that list which counts in no
    mean over classes, unless an option `background_in_mean` is true; None where each does. `curve` is None where
    there is none. `options` are the defaults; `resizes` holds for these.
    """

    name: str
    version: str
    title: str
    metrics: tuple[Metric, ...]
    help: Help
    class_metrics: tuple[Metric, ...] = ()
    background: int | None = None
    curve: Curve | None = None
    options: dict[str, Any] = field(default_factory=dict)
    resizes: bool = False

    def __post_init__(self) -> None:
        keys = [metric.key for metric in self.metrics]
        if not keys or len(set(keys)) != len(keys) or self.headline.higher_is_better is None:
            raise ValueError(f"{self.name} needs metrics with different keys, and a headline that can rank")

    @property
    def headline(self) -> Metric:
        """The metric that ranks: the first one."""
        return self.metrics[0]

    @property
    def columns(self) -> tuple[Metric, ...]:
        """The metrics that are columns of a leaderboard, headline first."""
        return tuple(metric for metric in self.metrics if metric.on_board)

    @property
    def per_class(self) -> bool:
        """Whether each class has scores of its own."""
        return bool(self.class_metrics)

    def metric(self, key: str) -> Metric:
        """Return the metric `key` of the single numbers. Raises KeyError."""
        return {metric.key: metric for metric in self.metrics}[key]

    def numbers(self, scores: Mapping[str, Any]) -> dict[str, float | int | None]:
        """Return the single numbers among the scores of a result, without classes and curve."""
        return {metric.key: scores.get(metric.key) for metric in self.metrics}

    def to_json(self) -> dict[str, Any]:
        """Return JSON-safe facts."""
        return asdict(self)

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> ScorerDescription:
        """Read what to_json returned. Raises KeyError, TypeError or ValueError."""
        curve, shown = facts["curve"], facts["help"]
        parsed: dict[str, Any] = {
            "metrics": tuple(Metric(**metric) for metric in facts["metrics"]),
            "class_metrics": tuple(Metric(**metric) for metric in facts["class_metrics"]),
            "curve": curve and Curve(**{**curve, "metric": Metric(**curve["metric"])}),
            "help": Help(**{**shown, "file_names": tuple(shown["file_names"])}),
        }
        return cls(**{**facts, **parsed})


def class_band(metric: Metric) -> str:
    """Return the key of a class metric's confidence intervals among the `bands` of `uncertainty`."""
    return f"{PER_CLASS}_{metric.key}"


@functools.cache
def scorers() -> Mapping[str, ScorerDescription]:
    """Return the descriptions of all scorers by name, in the order of SCORERS. Raises RuntimeError."""
    listed = _described("scorers")
    return MappingProxyType({facts["name"]: ScorerDescription.from_json(facts) for facts in listed})


@functools.cache
def page_facts() -> Mapping[str, Any]:
    """Return, JSON-safe, what a page's script needs to check an archive. Raises RuntimeError."""
    facts: dict[str, Any] = _described("page_facts")
    return MappingProxyType(facts)


def _described(what: str) -> Any:
    """Return a part of what the evaluator says of itself; it is started for this. Raises RuntimeError."""
    command = [sys.executable, "-m", "evaluator", "scorers", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    try:
        return json.loads(done.stdout)[what]
    except (ValueError, KeyError, TypeError) as error:
        raise RuntimeError(f"`{' '.join(command[1:])}` failed: {done.stderr or error}") from error
