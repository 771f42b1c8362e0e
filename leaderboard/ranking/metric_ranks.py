"""Ranks a board's rows by each metric alone. Pure functions, no database."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from evaluator.contract import Metric
from leaderboard.ranking.rank import ranks_of

Key = TypeVar("Key")
Scores = Mapping[str, float | None]  # by metric


def ranks_by_metric(metrics: Iterable[Metric], rows: Mapping[Key, Scores]) -> dict[Key, dict[str, int]]:
    """By row and metric, the rank by printed numbers; none where undefined or where no direction is better."""
    found: dict[Key, dict[str, int]] = {key: {} for key in rows}
    for metric in metrics:
        if metric.higher_is_better is not None:
            for key, rank in _ranks(metric, rows).items():
                found[key][metric.key] = rank
    return found


def _ranks(metric: Metric, rows: Mapping[Key, Scores]) -> dict[Key, int]:
    scores = {key: scores.get(metric.key) for key, scores in rows.items()}
    keys = {key: metric.sort_key(score) for key, score in scores.items() if metric.printed(score) is not None}
    best_first = sorted(keys, key=lambda key: keys[key])
    ranks = ranks_of([keys[key] for key in best_first])
    return {key: rank for key, rank in zip(best_first, ranks, strict=True) if rank is not None}
